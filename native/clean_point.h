// A point between two turns of the event loop: no JavaScript is on the stack, and what was to follow the
// last one (promise continuations, process.nextTick) is done.
#pragma once

#include <uv.h>

#include <vector>

class CleanPoint {
 public:
  // `attempt` is called at such a point until it says that it is done. It keeps the loop alive till then.
  using Attempt = bool (*)();
  CleanPoint(uv_loop_t* loop, Attempt attempt);

  // Calls at the end of this turn, and of the next ones.
  void Seek();
  // Calls no more before the loop has something to do, or a millisecond has passed.
  void Slower();
  // For the child, where nothing is sought yet.
  void Stop();

  std::vector<const void*> Handles() const { return {&idle_, &check_, &timer_}; }

 private:
  uv_loop_t* const loop_;
  const Attempt attempt_;
  // They are never closed: the main thread's loop ends with the process.
  uv_idle_t idle_;    // a loop with an idle handle does not wait
  uv_check_t check_;  // after the turn's events
  uv_timer_t timer_;  // makes it turn again soon
};
