// Signals as people write them.
#pragma once

// The number of `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+1`, `SIGRTMAX-2`; -1: no signal. 0 is a number
// too, of no signal.
int SignalNumber(const char* text);
