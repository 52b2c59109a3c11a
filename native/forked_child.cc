#include "forked_child.h"
#include "futex_watch.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include <cstdio>

#include "cleanup.h"
#include "instance.h"
#include "left_behind.h"
#include "orphan_reaper.h"
#include "threads.h"
#include "worker_pool.h"

namespace {

[[noreturn]] void Leave(int code) {
  // The threads that Node's own end would wait for are not there.
  fflush(nullptr);
  _exit(code);
}

// Two programs that read one channel of messages each get half of them. It is the parent's; the child
// is left with a descriptor on which nothing ever arrives.
void LeaveChannel(uv_pipe_t* channel) {
  uv_handle_t* const handle = reinterpret_cast<uv_handle_t*>(channel);
  uv_os_fd_t fd;
  if (uv_fileno(handle, &fd) < 0) return;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(channel));
  uv_unref(handle);
  const int silent = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (silent < 0) return;
  dup3(silent, fd, O_CLOEXEC);
  close(silent);
}

bool FillRandom(void* bytes, size_t size) {
  auto* at = static_cast<unsigned char*>(bytes);
  while (size > 0) {
    const ssize_t count = getrandom(at, size, 0);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) {
      at += count;
      size -= static_cast<size_t>(count);
    }
  }
  return true;
}

// Lives as long as the loop does.
uv_idle_t one_turn = {};

// Makes the event loop one of its own.
void RenewLoop(uv_loop_t* loop, const LoopAtFork& before) {
  const int result = uv_loop_fork(loop);
  if (result < 0) {
    fprintf(stderr, "brood: the event loop of a forked child cannot be made: %s\n",
            uv_strerror(result));
    Leave(1);
  }
  for (uv_pipe_t* channel : before.channels) LeaveChannel(channel);
  for (uv_async_t* async : before.wake_ups) uv_async_send(async);
  // What libuv's threads had done is heard of on both sides.
  uv_async_send(&loop->wq_async);
  RestartWatches();
  // At the end of its loop Node waits for the background work, and JavaScript that it runs there may be
  // what forks. What a child returns to then is the parent's wait; a turn more, and it comes to its own.
  if (one_turn.loop == nullptr) uv_idle_init(loop, &one_turn);
  uv_idle_start(&one_turn, [](uv_idle_t* idle) { uv_idle_stop(idle); });
}

// The exit that Node calls for process.exit() and uncaught errors; and, for an end of the loop, the
// first of what is done when the environment is taken down.
void EndWithoutThreads(Napi::Env env) {
  const NodeInternals& node = NodeInternals::Get();
  node.set_exit_handler(node.current_environment(node.current_context(node.current_isolate())),
                        [](node::Environment*, int code) { Leave(code); });
  static bool hooked = false;
  if (hooked) return;
  hooked = true;
  napi_add_env_cleanup_hook(env, [](void*) { Leave(0); }, nullptr);
}

}  // namespace

node::Environment* CurrentEnvironment() {
  const NodeInternals& node = NodeInternals::Get();
  return node.current_environment(node.current_context(node.current_isolate()));
}

LoopAtFork LookAtLoop(uv_loop_t* loop) {
  LoopAtFork found;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* into) {
        auto& all = *static_cast<LoopAtFork*>(into);
        if (uv_is_closing(handle)) return;
        if (handle->type == UV_ASYNC) {
          auto* async = reinterpret_cast<uv_async_t*>(handle);
          // Only these: others would start what nobody asked for, as the inspector.
          if (async->pending != 0) all.wake_ups.push_back(async);
        } else if (handle->type == UV_NAMED_PIPE) {
          auto* pipe = reinterpret_cast<uv_pipe_t*>(handle);
          if (pipe->ipc != 0) all.channels.push_back(pipe);
        }
      },
      &found);
  return found;
}

void BecomeWhole(Napi::Env env, const LoopAtFork& before, int epoll, bool hold) {
  BackgroundWork::Get().StartAnew();
  ForgetLeftBehind();
  ForgetReaperOfOrphans();
  ForgetThreads();
  ForgetCleanup();
  Instance::Of(env).BecomeChild(epoll);
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  RenewLoop(loop, before);
  EndWithoutThreads(env);
  if (!hold) BackgroundWork::Get().EndRest();
}

bool CanReseed() {
  const NodeInternals& node = NodeInternals::Get();
  return node.random_generator != nullptr && node.seed_generator != nullptr &&
         node.reset_math_random != nullptr;
}

void Reseed() {
  if (!CanReseed()) return;
  const NodeInternals& node = NodeInternals::Get();
  void* const isolate = node.current_isolate();
  int64_t seed = 0;
  FillRandom(&seed, sizeof seed);
  node.seed_generator(node.random_generator(isolate), seed);
  // A handle is a pointer to the place that holds the object.
  node.reset_math_random(*static_cast<void**>(node.current_context(isolate)));
}

RandomCaches::RandomCaches(const Napi::Array& caches) {
  for (uint32_t i = 0; i < caches.Length(); i++) {
    auto cache = caches.Get(i).As<Napi::Uint8Array>();
    all_.emplace_back(cache.Data(), cache.ByteLength());
  }
}

void RandomCaches::Refill() const {
  for (const auto& [data, size] : all_) FillRandom(data, size);
}
