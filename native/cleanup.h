// What must end with this program, kept where a signal handler can read it: children that were
// started with `cleanup` are stopped also when a signal ends the program while JavaScript is busy.
#pragma once

#include <csignal>
#include <sys/types.h>

// Sees to it that SIGHUP, SIGINT and SIGTERM, where they would end the program, stop the children
// first. Cheap, and called before every start, because whoever gives a signal its default action
// back takes this away.
void ArmCleanup();

// The pidfd stays its owner's, who takes the process out before closing it. -1: there are no pidfds.
void AddToCleanup(pid_t pid, int pidfd);
void RemoveFromCleanup(pid_t pid);
// SIGTERM now, instead of at the end of the program.
void StopFromCleanup(pid_t pid);

// In a forked child: what the parent started is the parent's to stop.
void ForgetCleanup();

// Whether this action, seen from outside, is the default one: the kernel's, ours, or the one that
// Node puts there to give the terminal back before it dies (it has SA_RESETHAND).
bool CountsAsDefault(const struct sigaction& action);
bool IsCleanupHandler(const struct sigaction& action);
