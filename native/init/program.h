// The program that brood-init runs.
#pragma once

#include <sys/types.h>

#include "options.h"
#include "terminal.h"

// What was found at the start, and is the program's.
struct Inherited {
  SignalSet blocked = 0;
  struct sigaction on_child = {};
};

// Starts it in a process group of its own, in the foreground if we had that. Every signal must be blocked;
// it unblocks them itself, right before exec. Ends this program where there can be no child.
pid_t StartProgram(const Options& options, const Inherited& inherited, const Terminal& terminal);

// Closes all that is the program's now: whoever is at the other end is to see when the program closes it.
void CloseDescriptorsBut(int kept);
