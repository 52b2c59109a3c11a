// A thread that reaps the orphans that came to this program, whatever JavaScript does meanwhile.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "sys.h"

// Starts it, once; it lives as long as the program.
SysError StartReapingOrphans();
// How many it has reaped.
uint64_t OrphansReaped();
// The thread; 0: there is none. It can be forked away, as it holds nothing but what a fork holds meanwhile.
pid_t ReaperOfOrphans();
// In a forked child: the thread, and the office, are its parent's.
void ForgetReaperOfOrphans();
