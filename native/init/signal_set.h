// Signals 1 to 64 as the kernel has them. The sets of the C library leave out two that it keeps for
// itself, which can be sent all the same.
#pragma once

#include <csignal>
#include <cstdint>

constexpr int kHighestSignal = 64;

// Bit n - 1 is signal n.
using SignalSet = uint64_t;

constexpr SignalSet kAllSignals = ~SignalSet{0};

// Gives what was blocked before.
SignalSet SetBlocked(SignalSet blocked);

// Takes the next signal, whichever comes first; 0 if none came within the time (-1: no bound).
int NextSignal(siginfo_t& info, int64_t timeout_ms);
