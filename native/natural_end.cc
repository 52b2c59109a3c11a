// The end of a child in which only its entry runs, when its loop has nothing left to do. Node would ask
// then whether the program has been evaluated to its end, which is the parent's business: a module that
// waits for fork() at its top has not.
#include <uv.h>

#include "fork_steps.h"
#include "js.h"
#include "topics.h"
#include "worker_pool.h"

namespace {

// Never closed: the main thread's loop ends with the process.
struct Turn {
  uv_idle_t idle;
  uv_check_t check;
  napi_async_context context = nullptr;
  Napi::FunctionReference callback;
};

void AtEndOfTurn(uv_check_t* check) {
  Turn& turn = *static_cast<Turn*>(check->data);
  uv_idle_stop(&turn.idle);
  uv_check_stop(&turn.check);
  const Napi::Env env = turn.callback.Env();
  const Napi::HandleScope scope(env);
  const Napi::Function callback = turn.callback.Value();
  turn.callback.Reset();
  BackgroundWork::Get().Drain();
  if (uv_loop_alive(check->loop) != 0) return;
  callback.MakeCallback(env.Global(), {}, turn.context);
}

// whenDone(callback): after one more turn of the loop, if nothing has come up by then.
Napi::Value WhenDone(const Napi::CallbackInfo& info) {
  static Turn* turn = nullptr;
  if (turn == nullptr) {
    turn = new Turn;
    uv_idle_init(LoopOf(info.Env()), &turn->idle);
    uv_check_init(LoopOf(info.Env()), &turn->check);
    turn->check.data = turn;
    napi_async_init(info.Env(), nullptr, Napi::String::New(info.Env(), "brood:end"), &turn->context);
  }
  turn->callback = Napi::Persistent(info[0].As<Napi::Function>());
  uv_idle_start(&turn->idle, [](uv_idle_t*) {});
  uv_check_start(&turn->check, AtEndOfTurn);
  return info.Env().Undefined();
}

}  // namespace

void RegisterNaturalEnd(Napi::Env env, Napi::Object exports) {
  exports.Set("whenDone", Napi::Function::New(env, WhenDone, "whenDone"));
}
