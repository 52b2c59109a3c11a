// What only a program can do to itself.
#include <sys/prctl.h>

#include <cstdlib>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

Napi::Value GetProcessGroup(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getpgrp());
}

Napi::Value GetSession(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getsid(0));
}

Napi::Value GetSubreaper(const Napi::CallbackInfo& info) {
  int on = 0;
  if (prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0) < 0) ThrowSys(info.Env(), {"prctl", errno});
  return Napi::Boolean::New(info.Env(), on != 0);
}

Napi::Value SetSubreaper(const Napi::CallbackInfo& info) {
  const bool on = info[0].As<Napi::Boolean>();
  if (prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0) < 0) {
    ThrowSys(info.Env(), {"prctl", errno});
  }
  return info.Env().Undefined();
}

// A handler for SIGABRT, of Node's or of a crash reporter's, would run first and see an end that is
// not the one asked for: the default action is put back before. abort(3) itself unblocks the signal,
// and ends also a process that the kernel protects from signals (pid 1).
Napi::Value Abort(const Napi::CallbackInfo&) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGABRT, &action, nullptr);
  abort();
}

}  // namespace

void RegisterOwn(Napi::Env env, Napi::Object exports) {
  exports.Set("getProcessGroup", Napi::Function::New(env, GetProcessGroup, "getProcessGroup"));
  exports.Set("getSession", Napi::Function::New(env, GetSession, "getSession"));
  exports.Set("getSubreaper", Napi::Function::New(env, GetSubreaper, "getSubreaper"));
  exports.Set("setSubreaper", Napi::Function::New(env, SetSubreaper, "setSubreaper"));
  exports.Set("abort", Napi::Function::New(env, Abort, "abort"));
}
