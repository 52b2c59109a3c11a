#include "requests.h"

namespace {

// Work that libuv's threads have done, and that the loop has yet to hear of.
unsigned CountDone(uv_loop_t* loop) {
  unsigned count = 0;
  uv_mutex_lock(&loop->wq_mutex);
  // The queue of libuv is a ring of pairs of pointers, whose head stands in the loop.
  void* const head = &loop->wq;
  for (void* at = *static_cast<void**>(head); at != head; at = *static_cast<void**>(at)) count++;
  uv_mutex_unlock(&loop->wq_mutex);
  return count;
}

}  // namespace

unsigned RequestsInFlight(uv_loop_t* loop) {
  const unsigned done = CountDone(loop);
  const unsigned active = loop->active_reqs.count;
  return active > done ? active - done : 0;
}
