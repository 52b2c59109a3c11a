#include "spawn_js.h"

#include "js.h"

Napi::Error MakeSpawnFailure(Napi::Env env, const SpawnFailure& failure) {
  Napi::Error error = MakeSysError(env, failure.error);
  error.Set("stage", Napi::Number::New(env, static_cast<int>(failure.stage)));
  if (failure.path != nullptr) error.Set("path", Napi::String::New(env, failure.path));
  return error;
}

void ThrowSpawnFailure(Napi::Env env, const SpawnFailure& failure) {
  MakeSpawnFailure(env, failure).ThrowAsJavaScriptException();
}
