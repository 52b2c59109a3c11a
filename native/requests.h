// What the event loop has asked of others and not yet heard of.
#pragma once

#include <uv.h>

// Without those that libuv's threads have done, and the loop only has to be told of.
unsigned RequestsInFlight(uv_loop_t* loop);
