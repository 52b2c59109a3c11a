// Which children this program has made itself, and which came to it because their parents ended: the
// kernel does not tell. Known are those that were there when it began to ask, those that brood starts, and
// those of fork(3), whoever calls it: libuv does, for node:child_process. Not known are children that
// another addon makes without fork(3), as by posix_spawn(3).
#pragma once

#include <sys/types.h>

#include <vector>

// Held while a child is being made by other means than fork(3).
class OwnStart {
 public:
  OwnStart();
  ~OwnStart();
  // Right after the kernel gave its pid.
  void Made(pid_t pid);
  OwnStart(const OwnStart&) = delete;
  OwnStart& operator=(const OwnStart&) = delete;
};

// That many more (or fewer) children are being made for us by another process.
void ExpectChildren(int more);
// One of those, or any other that is to count as ours.
void CountAsOwn(pid_t pid);

// Begins to ask. Children that are there now count as ours. 0, or an errno.
int KnowOwnChildren();

// The children of this program as the kernel lists them; false: there is no such list here.
bool ListChildren(std::vector<pid_t>& children);

// Reaps dead orphans, at most so many. False: a dead child is left which is not to be touched now.
bool ReapOrphans(size_t most, size_t& reaped);

// For good: nobody forks any more.
void StopKnowing();
