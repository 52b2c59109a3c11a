// Waiting on a word of memory until another process says that it has changed: futex(2), and
// futex_waitv(2) of Linux 5.16, which waits on many at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <vector>

using Word = std::atomic<uint32_t>;

static_assert(Word::is_always_lock_free && std::atomic<uint64_t>::is_always_lock_free);

constexpr int64_t kForever = -1;

// CLOCK_MONOTONIC, in nanoseconds: the same in every process of a machine.
int64_t Now();

// Returns when the word is not `expected`, when it was woken, after the time, or for no reason. False
// after the time.
bool FutexWait(Word& word, uint32_t expected, int64_t nanoseconds);

// Wakes up to `count` that wait on the word, in any process.
void FutexWake(Word& word, int count);

struct Watched {
  Word* word;
  uint32_t expected;
};

// The kernel's FUTEX_WAITV_MAX.
constexpr size_t kMostWatched = 128;

// Whether this kernel, and the filters on this program, have futex_waitv; BROOD_FUTEX_WAITV=off makes it
// one that has not.
bool HasFutexWaitv();

// Returns as FutexWait, for any of up to kMostWatched words.
void FutexWaitv(const std::vector<Watched>& words, int64_t nanoseconds);
