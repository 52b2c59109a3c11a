// All that is left below this program at its end: as PID 1 whatever lives in the pid namespace, otherwise
// its descendants. Shared by brood-init and the addon; needs nothing but the C library.
#pragma once

// Reaps every child that has ended, whoever it was.
void ReapAll();
bool AnyRemaining();
// SIGTERM, and SIGCONT for what is stopped: each process once.
void TerminateRemaining();
void KillRemaining();
// Also reaps, and returns when nothing is left, or what is left cannot be killed (it hangs in the kernel).
void KillRemainingAndWait();
