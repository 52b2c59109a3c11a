// The threads of this program, and which of them a forked child can do without.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <string>
#include <vector>

#include "sys.h"

// One that is neither Node's nor libuv's nor ours: a worker's, an addon's, the inspector's.
struct ForeignThread {
  pid_t id;
  std::string name;
};

// `background`: the threads of BackgroundWork. `ours`: they are a child's, and no thread was there
// before them. To tell libuv's threads from others, work may be given to them, so none may be in
// flight.
SysError FindForeignThreads(uv_loop_t* loop, const std::vector<pid_t>& background, bool ours,
                        std::vector<ForeignThread>& found);

// Whether it runs or waits for the disk, and does not sleep, at this moment.
bool IsAtWork(const ForeignThread& thread);
bool HasEnded(const ForeignThread& thread);

// In a forked child: the threads that were known are no more.
void ForgetThreads();
