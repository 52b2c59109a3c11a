// Processes that others started: when they ended, and how, as far as the kernel tells it.
#pragma once

#include "processes.h"

// Whether it ended, by its pidfd; fills in how. Its parent may still owe it the reaping, which alone
// makes its exit code known to everybody: for a moment it then counts as running.
bool StrangerEnded(Tracked& process, End& end);
// The same without pidfds: the start time tells it from a later process of the same pid.
bool StrangerEndedByPid(const Tracked& process, End& end);

// Field 22 of /proc/PID/stat, in clock ticks since boot, and the state; 0: there is no such process.
uint64_t StartTimeOf(pid_t pid, char& state);
// What poll(2) says of a pidfd: POLLIN when it ended, POLLHUP when it was reaped.
short PollNow(int pidfd, int timeout_ms = 0);
// Milliseconds that never jump.
int64_t NowMs();
