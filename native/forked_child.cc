#include "forked_child.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include <cstdio>
#include <vector>

#include "sys.h"

namespace {

[[noreturn]] void Leave(int code) {
  // The threads that Node's own end would wait for are not there.
  fflush(nullptr);
  _exit(code);
}

// Wake-ups that were under way when the loop of the child forgot them.
std::vector<uv_async_t*> PendingWakeUps(uv_loop_t* loop) {
  std::vector<uv_async_t*> pending;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* into) {
        if (handle->type != UV_ASYNC || uv_is_closing(handle)) return;
        auto* async = reinterpret_cast<uv_async_t*>(handle);
        // Only these: others would start what nobody asked for, as the inspector.
        if (async->pending != 0) static_cast<std::vector<uv_async_t*>*>(into)->push_back(async);
      },
      &pending);
  return pending;
}

// Two programs that read one channel of messages each get half of them. It is the parent's; the child
// is left with a descriptor on which nothing ever arrives.
void LeaveChannel(uv_loop_t* loop) {
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (handle->type != UV_NAMED_PIPE || uv_is_closing(handle)) return;
        if (reinterpret_cast<uv_pipe_t*>(handle)->ipc == 0) return;
        uv_os_fd_t fd;
        if (uv_fileno(handle, &fd) < 0) return;
        uv_read_stop(reinterpret_cast<uv_stream_t*>(handle));
        uv_unref(handle);
        int silent = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (silent < 0) return;
        dup3(silent, fd, O_CLOEXEC);
        close(silent);
      },
      nullptr);
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

}  // namespace

node::Environment* CurrentEnvironment() {
  const NodeInternals& node = NodeInternals::Get();
  return node.current_environment(node.current_context(node.current_isolate()));
}

void RenewLoop(uv_loop_t* loop) {
  uv_mutex_init(&loop->wq_mutex);
  const std::vector<uv_async_t*> pending = PendingWakeUps(loop);
  const int result = uv_loop_fork(loop);
  if (result < 0) {
    fprintf(stderr, "brood: the event loop of a forked child cannot be made: %s\n",
            uv_strerror(result));
    Leave(1);
  }
  LeaveChannel(loop);
  for (uv_async_t* async : pending) uv_async_send(async);
  // What libuv's threads had done is heard of on both sides.
  uv_async_send(&loop->wq_async);
}

// The exit that Node calls for process.exit() and uncaught errors; and, for an end of the loop, the
// first of what is done when the environment is taken down.
void EndWithoutThreads(Napi::Env env) {
  NodeInternals::Get().set_exit_handler(CurrentEnvironment(),
                                        [](node::Environment*, int code) { Leave(code); });
  static bool hooked = false;
  if (hooked) return;
  hooked = true;
  napi_add_env_cleanup_hook(env, [](void*) { Leave(0); }, nullptr);
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

void RefillCaches(const Napi::Array& caches) {
  for (uint32_t i = 0; i < caches.Length(); i++) {
    auto cache = caches.Get(i).As<Napi::Uint8Array>();
    FillRandom(cache.Data(), cache.ByteLength());
  }
}
