// Waiting, in the event loop, until a descriptor can be read or written. Each wait polls a duplicate
// of the descriptor: libuv polls a descriptor once only, and aborts if one is closed under it.
#include <napi.h>
#include <uv.h>

#include <map>
#include <memory>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

class Waits;

// Frees itself once libuv has let go of its handle.
struct Wait {
  Waits* owner;
  uint32_t token;
  int fd;
  Napi::FunctionReference callback;
  union {
    uv_handle_t handle;
    uv_poll_t poll;
    uv_timer_t timer;  // for what epoll does not know, which is always ready
  };
  Wait() {}
  ~Wait() {}
};

// The waits of one JavaScript thread. It ends when its environment does, after the last handle is
// closed: a worker that is terminated in the middle of a wait would abort the program otherwise.
class Waits {
 public:
  explicit Waits(Napi::Env env) : env_(env) {
    napi_async_init(env, nullptr, Napi::String::New(env, "brood:ready"), &context_);
    napi_add_async_cleanup_hook(env, OnTeardown, this, &hook_);
  }

  SysError Add(int fd, bool write, Napi::Function callback, uint32_t& token) {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env_, &loop);
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return {"fcntl", errno};
    auto wait = std::make_unique<Wait>();
    wait->owner = this;
    wait->fd = copy;
    // libuv makes non-blocking what it polls, also for every program that has the same open file;
    // waiting needs no such thing.
    const int flags = fcntl(copy, F_GETFL);
    const int result = uv_poll_init(loop, &wait->poll, copy);
    if (flags >= 0) fcntl(copy, F_SETFL, flags);
    if (result == UV_EPERM) {
      uv_timer_init(loop, &wait->timer);
      uv_timer_start(&wait->timer, OnTimer, 0, 0);
    } else if (result < 0) {
      close(copy);
      return {"epoll_ctl", -result};
    } else {
      // Errors and hang-ups count as ready: the call that follows tells them.
      uv_poll_start(&wait->poll, write ? UV_WRITABLE : UV_READABLE, OnReady);
    }
    wait->handle.data = wait.get();
    wait->callback = Napi::Persistent(callback);
    token = wait->token = ++last_;
    waits_[token] = wait.release();
    return {};
  }

  void Stop(uint32_t token) {
    const auto found = waits_.find(token);
    if (found != waits_.end()) Close(found->second);
  }

 private:
  ~Waits() = default;

  static void OnReady(uv_poll_t* handle, int, int) { Ready(static_cast<Wait*>(handle->data)); }
  static void OnTimer(uv_timer_t* handle) { Ready(static_cast<Wait*>(handle->data)); }

  static void Ready(Wait* wait) {
    Waits* owner = wait->owner;
    const Napi::Env env = owner->env_;
    const Napi::HandleScope scope(env);
    const Napi::Function callback = wait->callback.Value();
    owner->Close(wait);
    // Not by way of Napi::Function, which ends the program if JavaScript may not run any more: in a
    // worker that is being terminated.
    const napi_status status = napi_make_callback(env, owner->context_, env.Global(), callback, 0,
                                                  nullptr, nullptr);
    napi_value error = nullptr;
    if (status == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }

  void Close(Wait* wait) {
    waits_.erase(wait->token);
    wait->callback.Reset();
    closing_++;
    uv_close(&wait->handle, [](uv_handle_t* handle) {
      auto* wait = static_cast<Wait*>(handle->data);
      Waits* owner = wait->owner;
      close(wait->fd);
      delete wait;
      owner->closing_--;
      owner->EndIfDone();
    });
  }

  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    auto* waits = static_cast<Waits*>(data);
    waits->ending_ = true;
    while (!waits->waits_.empty()) waits->Close(waits->waits_.begin()->second);
    waits->EndIfDone();
  }

  void EndIfDone() {
    if (!ending_ || closing_ > 0) return;
    napi_async_destroy(env_, context_);
    napi_remove_async_cleanup_hook(hook_);
    delete this;
  }

  Napi::Env env_;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  std::map<uint32_t, Wait*> waits_;
  uint32_t last_ = 0;
  int closing_ = 0;
  bool ending_ = false;
};

Waits& Of(const Napi::CallbackInfo& info) {
  return *static_cast<Waits*>(info.Data());
}

Napi::Value WhenReady(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint32_t token = 0;
  const bool write = info[1].As<Napi::Boolean>();
  if (const SysError failure =
          Of(info).Add(IntOf(info[0]), write, info[2].As<Napi::Function>(), token)) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  return Napi::Number::New(env, token);
}

Napi::Value StopWaiting(const Napi::CallbackInfo& info) {
  Of(info).Stop(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

}  // namespace

void RegisterReadiness(Napi::Env env, Napi::Object exports) {
  // Its end is the environment's: OnTeardown.
  auto* waits = new Waits(env);
  exports.Set("whenReady", Napi::Function::New(env, WhenReady, "whenReady", waits));
  exports.Set("stopWaiting", Napi::Function::New(env, StopWaiting, "stopWaiting", waits));
}
