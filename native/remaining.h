// All that is left below this program at its end: as PID 1 whatever lives in the pid namespace, otherwise
// its descendants. Shared by brood-init and the addon; needs nothing but the C library.
#pragma once

#include <cstdint>

// SIGTERM, and SIGCONT for what is stopped: each process once.
void KillRemaining();
// SIGTERM to all that remains, each process once (and SIGCONT, for what is stopped); SIGKILL to what is left
// after the grace, or as soon as `pause`, which sleeps for so many milliseconds, says that somebody asked
// again. Reaps, and returns when nothing is left, or what is left cannot be killed (it hangs in the kernel).
void EndRemaining(int64_t grace_ms, bool (*pause)(int64_t ms));
