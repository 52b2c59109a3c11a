// The parent's handles of the event loop, in a child in which only its entry runs: none of them may ever
// call back there, keep the child alive, or share anything with the parent.
#pragma once

#include <uv.h>

#include <vector>

// What of Node is needed to tell the handles apart; nullptr if it is there.
const char* CannotTellHandles();

// Silences every handle but `ours`, and the streams and sockets of the `kept` descriptors (sorted). The
// descriptors of the others then lead nowhere: nothing is read from them, nobody is told of their end,
// and what writes to them gets an error. 0, 1 and 2 are left open, for they have been given anew.
struct StandardStreams {
  // To know: those of 1 and 2 that lead where they led.
  std::vector<int> inherited;
  // To tell: those that had a stream, and of them those whose stream had nothing to write and goes on.
  std::vector<int> silenced;
  std::vector<int> idle;
};
void MakeInert(uv_loop_t* loop, const std::vector<int>& kept, const std::vector<const void*>& ours,
               StandardStreams& standard);
