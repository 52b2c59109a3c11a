#include "orphan_reaper.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <thread>

#include "own_children.h"
#include "signals_blocked.h"

namespace {

// How often it is looked when there is no child at all: a process that somebody put into our namespace may
// still leave us one.
constexpr int kAloneMs = 200;
// While one of our own is dead and its waiter has not come for it: from the shortest to the longest pause.
constexpr int kShortestMs = 1;
constexpr int kLongestMs = 32;
// So many at a time, because a fork waits meanwhile.
constexpr size_t kAtOnce = 128;

std::atomic<uint64_t> reaped_so_far{0};
std::atomic<pid_t> thread_id{0};

void Pause(int ms) {
  const struct timespec time = {0, ms * 1'000'000L};
  nanosleep(&time, nullptr);
}

[[noreturn]] void ReapForEver() {
  prctl(PR_SET_NAME, "brood-init");
  thread_id = gettid();
  int pause_ms = kShortestMs;
  for (;;) {
    siginfo_t info;
    // It sleeps in the kernel until a child is dead, and leaves it there.
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) < 0) {
      Pause(kAloneMs);
      continue;
    }
    size_t reaped = 0;
    const bool done = ReapOrphans(kAtOnce, reaped);
    reaped_so_far += reaped;
    if (done || reaped > 0) {
      pause_ms = kShortestMs;
    } else {
      Pause(pause_ms);
      pause_ms = std::min(pause_ms * 2, kLongestMs);
    }
  }
}

}  // namespace

SysError StartReapingOrphans() {
  if (thread_id != 0) return {};
  if (const int error = KnowOwnChildren()) return {"mmap", error};
  // Signals of the program are for the threads that handle them.
  const SignalsBlocked blocked;
  pthread_t thread;
  const int error = pthread_create(
      &thread, nullptr, [](void*) -> void* { ReapForEver(); }, nullptr);
  if (error != 0) return {"pthread_create", error};
  pthread_detach(thread);
  // Whoever asks from here on, a fork among them, is to know it.
  while (thread_id == 0) Pause(1);
  return {};
}

uint64_t OrphansReaped() {
  return reaped_so_far;
}

pid_t ReaperOfOrphans() {
  return thread_id;
}

void ForgetReaperOfOrphans() {
  thread_id = 0;
  reaped_so_far = 0;
}
