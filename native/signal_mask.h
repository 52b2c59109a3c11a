// The signal mask of the whole program: of every thread, not only of the one that calls.
#pragma once

#include <csignal>

#include "sys.h"

// The signal by which this file reaches the other threads; brood's own, and never blocked by it.
inline int CarrierSignal() {
  return SIGRTMAX;
}

// Blocks (or unblocks) these on every thread. New threads inherit it. The calling thread has it when
// this returns, and the others too, except a thread that blocks every signal for itself.
SysError ChangeMaskOfProgram(const sigset_t& signals, bool block);

// The calling thread's mask, without the carrier.
SysError ReadMask(sigset_t& mask);
