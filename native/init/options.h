// What was said on the command line of brood-init.
#pragma once

#include <cstdint>

#include "signal_set.h"

struct Options {
  // Signals go to the whole process group of the program.
  bool group = false;
  bool subreaper = false;
  // The program starts with no signal blocked, whatever was blocked before.
  bool unblock = false;
  int64_t grace_ms = 5000;
  // 0: none.
  int death_signal = 0;
  // What becomes of each signal; 0: dropped.
  int rewritten[kHighestSignal + 1];
  // Exit codes that count as 0.
  bool counts_as_zero[256] = {};
  // The program and its arguments, ended by a null pointer.
  char** command = nullptr;
};

// Ends this program with a message where the command line is wrong, and with a text for --help and
// --version.
Options ReadOptions(int count, char** arguments);
