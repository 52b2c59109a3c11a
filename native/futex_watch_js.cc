// Waits on shared memory, for JavaScript: each calls back once, on the event loop.
#include <napi.h>
#include <uv.h>

#include <map>
#include <mutex>
#include <vector>

#include "futex_watch.h"
#include "js.h"
#include "topics.h"

namespace {

// The waits of one JavaScript thread, which end with its environment.
class Waits final : public WatchListener {
 public:
  explicit Waits(Napi::Env env) : env_(env) {
    napi_async_init(env, nullptr, Napi::String::New(env, "brood:shared"), &context_);
    napi_add_async_cleanup_hook(env, OnTeardown, this, &hook_);
  }

  // On a thread that waits, or with its lock held.
  void Changed(uint32_t token) override {
    std::lock_guard<std::mutex> lock(mutex_);
    changed_.push_back(token);
    uv_async_send(async_);
  }

  void TellAgain() override { uv_async_send(async_); }

  SysError Add(Watch watch, Napi::Function callback, uint32_t& token) {
    if (async_ == nullptr) Open();
    watch.listener = this;
    watch.token = token = ++last_;
    callbacks_[token] = Napi::Persistent(callback);
    if (const SysError failure = AddWatch(watch)) {
      callbacks_.erase(token);
      return failure;
    }
    uv_ref(reinterpret_cast<uv_handle_t*>(async_));
    return {};
  }

  void Remove(uint32_t token) {
    RemoveWatch(this, token);
    Drop(token);
  }

 private:
  ~Waits() = default;

  void Open() {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env_, &loop);
    async_ = new uv_async_t;
    async_->data = this;
    uv_async_init(loop, async_, [](uv_async_t* async) { static_cast<Waits*>(async->data)->Tell(); });
  }

  // The loop lives as long as somebody waits.
  void Drop(uint32_t token) {
    callbacks_.erase(token);
    if (callbacks_.empty()) uv_unref(reinterpret_cast<uv_handle_t*>(async_));
  }

  void Tell() {
    std::vector<uint32_t> tokens;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tokens.swap(changed_);
    }
    const Napi::HandleScope scope(env_);
    for (const uint32_t token : tokens) {
      const auto found = callbacks_.find(token);
      if (found == callbacks_.end()) continue;
      const Napi::Function callback = found->second.Value();
      Drop(token);
      // Not by way of Napi::Function, which ends the program if JavaScript may not run any more.
      const napi_status status =
          napi_make_callback(env_, context_, env_.Global(), callback, 0, nullptr, nullptr);
      napi_value error = nullptr;
      if (status == napi_pending_exception &&
          napi_get_and_clear_last_exception(env_, &error) == napi_ok) {
        napi_fatal_exception(env_, error);
      }
    }
  }

  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    auto* waits = static_cast<Waits*>(data);
    RemoveWatches(waits);
    waits->callbacks_.clear();
    if (waits->async_ == nullptr) {
      waits->End();
      return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(waits->async_), [](uv_handle_t* handle) {
      auto* waits = static_cast<Waits*>(handle->data);
      delete reinterpret_cast<uv_async_t*>(handle);
      waits->End();
    });
  }

  void End() {
    napi_async_destroy(env_, context_);
    napi_remove_async_cleanup_hook(hook_);
    delete this;
  }

  Napi::Env env_;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  uv_async_t* async_ = nullptr;
  std::map<uint32_t, Napi::FunctionReference> callbacks_;
  uint32_t last_ = 0;
  std::mutex mutex_;
  std::vector<uint32_t> changed_;
};

Waits& Of(const Napi::CallbackInfo& info) {
  return *static_cast<Waits*>(info.Data());
}

Napi::Value WatchWord(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::ArrayBuffer buffer = info[0].As<Napi::ArrayBuffer>();
  const int64_t record = info[1].As<Napi::Number>().Int64Value();
  const int slot = IntOf(info[2]);
  Watch watch;
  watch.mapping = Mapping::At(buffer.Data());
  if (watch.mapping == nullptr) {
    ThrowSys(env, {"futex", EFAULT});
    return env.Undefined();
  }
  // JavaScript has asked the record just now: it lies within the pages.
  watch.record = reinterpret_cast<Record*>(watch.mapping->Data() + record);
  watch.word = slot < 0 ? &watch.record->state : &SlotAt(*watch.record, slot).word;
  watch.expected = info[3].As<Napi::Number>().Uint32Value();
  if (slot < 0) watch.record = nullptr;
  uint32_t token = 0;
  if (const SysError failure = Of(info).Add(watch, info[4].As<Napi::Function>(), token)) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  return Napi::Number::New(env, token);
}

Napi::Value UnwatchWord(const Napi::CallbackInfo& info) {
  Of(info).Remove(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

}  // namespace

void RegisterFutexWatch(Napi::Env env, Napi::Object exports) {
  // Its end is the environment's: OnTeardown.
  auto* waits = new Waits(env);
  exports.Set("watchWord", Napi::Function::New(env, WatchWord, "watchWord", waits));
  exports.Set("unwatchWord", Napi::Function::New(env, UnwatchWord, "unwatchWord", waits));
}
