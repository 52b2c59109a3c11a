// Who holds something in shared memory: a thread, named so that its number cannot come to mean another
// one. Its end is the end of what it held, also of a thread (a worker) whose program goes on.
#pragma once

#include <sys/types.h>

#include <cstdint>

// The id of a thread and its start in clock ticks since boot, in one word that can be swapped at once.
// 0: nobody. Ids have 22 bits in Linux, and the ticks of the rest last for a thousand years.
using Holder = uint64_t;

constexpr int kTickBits = 42;

// The calling thread.
Holder ThisThread();

inline pid_t IdOf(Holder holder) {
  return static_cast<pid_t>(holder >> kTickBits);
}

// False once it has ended, also while nobody has reaped it. About ten microseconds.
bool IsAlive(Holder holder);
