#include "futex.h"

#include <linux/futex.h>

#include <cstdlib>
#include <cstring>

#include "sys.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

namespace {

constexpr int64_t kSecond = 1'000'000'000;

// As the header of Linux 5.16 has them: 32 bits, and not private, so shared between processes.
struct Waiter {
  uint64_t value;
  uint64_t address;
  uint32_t flags;
  uint32_t reserved;
};
constexpr uint32_t kSize32 = 2;

struct timespec TimeOf(int64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / kSecond), static_cast<long>(nanoseconds % kSecond)};
}

}  // namespace

int64_t Now() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

bool FutexWait(Word& word, uint32_t expected, int64_t nanoseconds) {
  const struct timespec time = TimeOf(nanoseconds);
  const struct timespec* bound = nanoseconds == kForever ? nullptr : &time;
  const long result = syscall(SYS_futex, &word, FUTEX_WAIT, expected, bound, nullptr, 0);
  return result == 0 || errno != ETIMEDOUT;
}

void FutexWake(Word& word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}

bool HasFutexWaitv() {
  static const bool has = [] {
    const char* wish = getenv("BROOD_FUTEX_WAITV");
    if (wish != nullptr && strcmp(wish, "off") == 0) return false;
    // No waiter at all is EINVAL where the call is known.
    return syscall(SYS_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC) < 0 &&
           errno == EINVAL;
  }();
  return has;
}

void FutexWaitv(const std::vector<Watched>& words, int64_t nanoseconds) {
  Waiter waiters[kMostWatched];
  unsigned count = 0;
  for (const Watched& each : words) {
    if (count == kMostWatched) break;
    waiters[count++] = {each.expected, reinterpret_cast<uintptr_t>(each.word), kSize32, 0};
  }
  // Unlike that of FUTEX_WAIT, this time is a moment.
  const struct timespec until = TimeOf(nanoseconds == kForever ? 0 : Now() + nanoseconds);
  const struct timespec* bound = nanoseconds == kForever ? nullptr : &until;
  syscall(SYS_futex_waitv, waiters, count, 0, bound, CLOCK_MONOTONIC);
}
