// fork(2) of a program that runs Node, at a point at which only the main thread is in the middle of
// anything, from JavaScript.
#include "fork_gates.h"
#include "fork_steps.h"
#include "forked_child.h"
#include "inert.h"
#include "js.h"
#include "topics.h"
#include "worker_pool.h"

namespace {

// fork(tick, settleMs, caches): [id, pid] in the parent, null in the child, [code, detail] refused.
Napi::Value Fork(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto tick = info[0].As<Napi::Function>();
  const Deadline deadline(info[1].As<Napi::Number>().Int64Value());
  if (const char* reason = CannotFork()) return Refuse(env, {"unable", reason});
  if (const Refusal refusal = SettleRequests(LoopOf(env), deadline)) return Refuse(env, refusal);
  const RandomCaches caches(info[2].As<Napi::Array>());
  Forked forked;
  {
    Rest rest;
    Refusal refusal = rest.Await(tick, deadline);
    if (!refusal) refusal = CheckThreads(LoopOf(env), deadline, forked.failure);
    // That may itself have given work to libuv's threads.
    if (!refusal) refusal = SettleRequests(LoopOf(env), deadline);
    if (refusal) return Refuse(env, refusal);
    if (!forked.failure) forked = ForkNow(env, rest);
  }
  if (forked.failure) {
    ThrowSys(env, forked.failure);
    return env.Undefined();
  }
  if (forked.pid == 0) {
    Reseed();
    caches.Refill();
    return env.Null();
  }
  Napi::Array answer = Napi::Array::New(env, 2);
  answer.Set(0U, Napi::Number::New(env, LookAfter(env, forked, false)));
  answer.Set(1U, Napi::Number::New(env, forked.pid));
  return answer;
}

Napi::Value Pid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getpid());
}

// [why not, or '', why no clean one, or '', whether Math.random is mended here]
Napi::Value ForkAbility(const Napi::CallbackInfo& info) {
  const char* reason = CannotFork();
  Napi::Array answer = Napi::Array::New(info.Env(), 3);
  const char* clean = CannotTellHandles();
  answer.Set(0U, Napi::String::New(info.Env(), reason == nullptr ? "" : reason));
  answer.Set(1U, Napi::String::New(info.Env(), clean == nullptr ? "" : clean));
  answer.Set(2U, Napi::Boolean::New(info.Env(), CanReseed()));
  return answer;
}

void EndDoze(const Napi::CallbackInfo&) {
  BackgroundWork::Get().Wake();
}

}  // namespace

void RegisterFork(Napi::Env env, Napi::Object exports) {
  exports.Set("fork", Napi::Function::New(env, Fork, "fork"));
  exports.Set("endDoze", Napi::Function::New(env, EndDoze, "endDoze"));
  exports.Set("pid", Napi::Function::New(env, Pid, "pid"));
  exports.Set("forkAbility", Napi::Function::New(env, ForkAbility, "forkAbility"));
}
