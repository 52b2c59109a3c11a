#include "cpu_clock.h"

#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "sys.h"

namespace {

double MonotonicMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1000 + static_cast<double>(now.tv_nsec) / 1e6;
}

// When this thread was last given a processor, by the clock of that: now, if it has just come there.
double OwnStart() {
  const int fd = open("/proc/thread-self/sched", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char text[1024];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return -1;
  text[size] = '\0';
  const char* line = strstr(text, "se.exec_start");
  const char* colon = line == nullptr ? nullptr : strchr(line, ':');
  return colon == nullptr ? -1 : strtod(colon + 1, nullptr);
}

}  // namespace

double CpuClocks::Now(int cpu) {
  const auto found = ahead_.find(cpu);
  if (found != ahead_.end()) return MonotonicMs() + found->second;
  cpu_set_t before, only;
  CPU_ZERO(&only);
  if (cpu < 0 || cpu >= CPU_SETSIZE) return -1;
  CPU_SET(cpu, &only);
  if (sched_getaffinity(0, sizeof before, &before) < 0) return -1;
  // It may not run there (cpuset), or nobody can (offline).
  if (sched_setaffinity(0, sizeof only, &only) < 0) return -1;
  sched_yield();
  const double start = OwnStart();
  const double now = MonotonicMs();
  sched_setaffinity(0, sizeof before, &before);
  if (start < 0) return -1;
  ahead_[cpu] = start - now;
  return start;
}
