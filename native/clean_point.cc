#include "clean_point.h"

#include "uv_fields.h"

CleanPoint::CleanPoint(uv_loop_t* loop, Attempt attempt) : loop_(loop), attempt_(attempt) {
  uv_idle_init(loop, &idle_);
  uv_check_init(loop, &check_);
  uv_timer_init(loop, &timer_);
  check_.data = this;
}

void CleanPoint::Seek() {
  uv_idle_start(&idle_, [](uv_idle_t*) {});
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&check_)) != 0) return;
  uv_check_start(&check_, [](uv_check_t* check) {
    auto& point = *static_cast<CleanPoint*>(check->data);
    if (point.attempt_()) point.Stop();
  });
  // Behind Node's own, which calls the immediates: libuv puts the new one first.
  Link& queue = LinkOf(check_.queue);
  Link& head = LinkOf(loop_->check_handles);
  TakeOut(queue);
  queue.previous = head.previous;
  queue.next = &head;
  head.previous->next = &queue;
  head.previous = &queue;
}

void CleanPoint::Slower() {
  uv_idle_stop(&idle_);
  uv_timer_start(&timer_, [](uv_timer_t*) {}, 1, 0);
}

void CleanPoint::Stop() {
  uv_idle_stop(&idle_);
  uv_check_stop(&check_);
  uv_timer_stop(&timer_);
}
