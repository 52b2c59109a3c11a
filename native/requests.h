// What the event loop has asked of others and not yet heard of.
#pragma once

#include <uv.h>

#include <vector>

// Without those that libuv's threads have done, and the loop only has to be told of.
unsigned RequestsInFlight(uv_loop_t* loop);

// What a child in which only its entry runs can do without: connects, writes and ends of streams that
// are not to be kept. They are the loop's alone, no thread is at them.
unsigned DroppableRequests(uv_loop_t* loop, const std::vector<int>& kept);

// Whether the loop has yet to tell the program of something that others have done.
bool HasNews(uv_loop_t* loop);

// In a child: forgets all of them.
void DropRequests(uv_loop_t* loop);
