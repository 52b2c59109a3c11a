// The events of processes for JavaScript: a thread that listens, and a function of the loop.
#include <uv.h>

#include <memory>
#include <utility>

#include "event_source.h"
#include "js.h"
#include "topics.h"

namespace {

// What one listener of JavaScript has. Its handle is closed on the loop, and it ends with that.
class Listener {
 public:
  Listener(Napi::Env env, const Napi::Function& callback)
      : env_(env), callback_(Napi::Persistent(callback)), source_([this] { uv_async_send(&async_); }) {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    async_.data = this;
    uv_async_init(loop, &async_, [](uv_async_t* handle) {
      static_cast<Listener*>(handle->data)->Deliver();
    });
    napi_async_init(env, nullptr, Napi::String::New(env, "brood:events"), &context_);
    napi_add_async_cleanup_hook(env, OnTeardown, this, &hook_);
  }

  SysError Start() { return source_.Start(); }

  // No call of JavaScript after this.
  void Close() {
    if (closed_) return;
    closed_ = true;
    source_.Stop();
    callback_.Reset();
    napi_async_destroy(env_, context_);
    uv_close(reinterpret_cast<uv_handle_t*>(&async_), [](uv_handle_t* handle) {
      Listener* listener = static_cast<Listener*>(handle->data);
      napi_remove_async_cleanup_hook(listener->hook_);
      delete listener;
    });
  }

 private:
  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    static_cast<Listener*>(data)->Close();
  }

  void Deliver() {
    if (closed_) return;
    Napi::HandleScope scope(env_);
    EventBatch batch = source_.Take();
    Napi::Array numbers = Napi::Array::New(env_, batch.events.size() * kColumns);
    Napi::Array names = Napi::Array::New(env_);
    uint32_t at = 0, row = 0;
    for (const RawEvent& event : batch.events) {
      numbers.Set(at++, event.what);
      numbers.Set(at++, static_cast<double>(event.nanoseconds));
      for (const int32_t number : event.numbers) numbers.Set(at++, number);
      if (!event.name.empty()) {
        names.Set(row, Napi::Buffer<char>::Copy(env_, event.name.data(), event.name.size()));
      }
      row++;
    }
    Napi::Value silence = env_.Undefined();
    if (batch.silence) silence = MakeSysError(env_, batch.silence).Value();
    callback_.MakeCallback(env_.Global(),
                           {numbers, names, Napi::Boolean::New(env_, batch.lost), silence},
                           context_);
    if (env_.IsExceptionPending()) {
      napi_fatal_exception(env_, env_.GetAndClearPendingException().Value());
    }
  }

  static constexpr size_t kColumns = 8;

  Napi::Env env_;
  Napi::FunctionReference callback_;
  uv_async_t async_;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool closed_ = false;
  EventSource source_;
};

// Returns the function that ends it.
Napi::Value Listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Listener* listener = new Listener(env, info[0].As<Napi::Function>());
  const SysError failure = listener->Start();
  if (failure) {
    listener->Close();
    ThrowSys(env, failure);
    return env.Undefined();
  }
  auto open = std::make_shared<bool>(true);
  return Napi::Function::New(env, [listener, open](const Napi::CallbackInfo&) {
    if (std::exchange(*open, false)) listener->Close();
  });
}

Napi::Value ProbeEvents(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), EventSource::Probe());
}

}  // namespace

void RegisterEvents(Napi::Env env, Napi::Object exports) {
  exports.Set("probeEvents", Napi::Function::New(env, ProbeEvents, "probeEvents"));
  exports.Set("listen", Napi::Function::New(env, Listen, "listen"));
}
