// What a forked child does before any of its JavaScript runs, so that it is whole.
#pragma once

#include <napi.h>
#include <uv.h>

#include <utility>
#include <vector>

#include "node_internals.h"

// The environment of the JavaScript that runs.
node::Environment* CurrentEnvironment();

// What of the event loop a child has to mend. It is looked for right before the fork, in the parent:
// the child would pay for each page that the search writes to.
struct LoopAtFork {
  std::vector<uv_async_t*> wake_ups;  // under way, and forgotten by the loop of a child
  std::vector<uv_pipe_t*> channels;   // of messages to a program of Node
};
LoopAtFork LookAtLoop(uv_loop_t* loop);

// All that a fork does not take along, made anew, in the order in which it can be: what the addon keeps,
// the event loop, the way out of the process, and last V8's threads, which may wake the loop at once;
// `hold`: these not before BackgroundWork::EndRest. What is locked around a fork is locked here. `epoll`
// is an empty epoll descriptor, which is taken over.
void BecomeWhole(Napi::Env env, const LoopAtFork& before, int epoll, bool hold);

// Whether Math.random can be given another seed here.
bool CanReseed();
// Seeds Math.random of the contexts to come, and of this one from its next draw on.
void Reseed();
// Byte arrays that a child fills anew: what Node drew ahead would be drawn on both sides.
class RandomCaches {
 public:
  // Before the fork, from an array of Uint8Array.
  explicit RandomCaches(const Napi::Array& caches);
  void Refill() const;

 private:
  std::vector<std::pair<uint8_t*, size_t>> all_;
};
