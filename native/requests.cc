#include "requests.h"

#include <algorithm>

#include "uv_fields.h"

namespace {

// Work that libuv's threads have done, and that the loop has yet to hear of.
unsigned CountDone(uv_loop_t* loop) {
  uv_mutex_lock(&loop->wq_mutex);
  const unsigned count = CountOf(LinkOf(loop->wq));
  uv_mutex_unlock(&loop->wq_mutex);
  return count;
}

struct Droppable {
  const std::vector<int>& kept;
  unsigned count = 0;
};

void CountRequests(uv_handle_t* handle, void* data) {
  auto& found = *static_cast<Droppable*>(data);
  const int fd = DescriptorOf(handle);
  if (std::binary_search(found.kept.begin(), found.kept.end(), fd)) return;
  if (IsStream(handle)) {
    const uv_stream_t* stream = AsStream(handle);
    found.count += CountOf(LinkOf(AsStream(handle)->write_queue)) +
                   CountOf(LinkOf(AsStream(handle)->write_completed_queue)) +
                   (stream->connect_req != nullptr ? 1 : 0) +
                   (stream->shutdown_req != nullptr ? 1 : 0);
  } else if (handle->type == UV_UDP) {
    found.count += CountOf(LinkOf(AsUdp(handle)->write_queue)) +
                   CountOf(LinkOf(AsUdp(handle)->write_completed_queue));
  }
}

void SeeWakeUp(uv_handle_t* handle, void* data) {
  if (handle->type != UV_ASYNC || uv_is_closing(handle)) return;
  if (reinterpret_cast<uv_async_t*>(handle)->pending != 0) *static_cast<bool*>(data) = true;
}

}  // namespace

unsigned RequestsInFlight(uv_loop_t* loop) {
  const unsigned done = CountDone(loop);
  const unsigned active = loop->active_reqs.count;
  return active > done ? active - done : 0;
}

unsigned DroppableRequests(uv_loop_t* loop, const std::vector<int>& kept) {
  Droppable found{kept};
  uv_walk(loop, CountRequests, &found);
  return found.count;
}

bool HasNews(uv_loop_t* loop) {
  if (CountDone(loop) > 0) return true;
  bool woken = false;
  uv_walk(loop, SeeWakeUp, &woken);
  return woken;
}

void DropRequests(uv_loop_t* loop) {
  loop->active_reqs.count = 0;
  Forget(LinkOf(loop->wq));
  Link& pending = LinkOf(loop->pending_queue);
  while (pending.next != &pending) TakeOut(*pending.next);
}
