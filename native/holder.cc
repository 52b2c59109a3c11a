#include "holder.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sys.h"

namespace {

constexpr uint64_t kTickMask = (uint64_t{1} << kTickBits) - 1;

thread_local Holder this_thread = 0;

struct Line {
  char state = 0;
  uint64_t start = 0;
};

// proc_pid_stat(5): after the name, which may hold anything, the state is field 3, the start field 22.
bool ReadLine(const char* path, Line& line) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return false;
  text[size] = 0;
  const char* at = strrchr(text, ')');
  if (at == nullptr || at[1] == 0) return false;
  at += 2;
  line.state = *at;
  for (int field = 3; field < 22 && at != nullptr; field++) {
    at = strchr(at, ' ');
    if (at != nullptr) at++;
  }
  if (at == nullptr) return false;
  line.start = strtoull(at, nullptr, 10) & kTickMask;
  return true;
}

// The thread that goes on in a forked child is another one than it was.
void ForgetInChild() {
  this_thread = 0;
}

}  // namespace

Holder ThisThread() {
  if (this_thread != 0) return this_thread;
  static const int registered = pthread_atfork(nullptr, nullptr, ForgetInChild);
  (void)registered;
  Line line;
  ReadLine("/proc/thread-self/stat", line);
  const uint64_t id = static_cast<uint64_t>(syscall(SYS_gettid));
  return this_thread = (id << kTickBits) | line.start;
}

bool IsAlive(Holder holder) {
  const pid_t id = IdOf(holder);
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/stat", id);
  Line line;
  if (!ReadLine(path, line)) {
    // It has gone, or /proc does not show it to us; EPERM is the answer of one that is there.
    return kill(id, 0) == 0 || errno != ESRCH;
  }
  if (line.state == 'Z' || line.state == 'X') return false;
  const uint64_t start = holder & kTickMask;
  return start == 0 || start == line.start;
}
