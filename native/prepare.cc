// The descriptors of a process that somebody else sets up: opened and made here, as for a program.
#include "js.h"
#include "program.h"
#include "spawn_js.h"
#include "topics.h"

namespace {

// prepare(...program): {sources, made, ends}, the first and the last in pairs of the child's number and a
// descriptor of ours; made is what is to be closed when it has been sent.
Napi::Value Prepare(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Program program(info, 0);
  if (const SpawnFailure failure = program.Prepare(); failure.failed) {
    ThrowSpawnFailure(env, failure);
    return env.Undefined();
  }
  std::vector<int> sources, ends;
  for (const ChildDescriptor& each : program.child.descriptors) {
    sources.push_back(each.target);
    sources.push_back(each.source);
  }
  for (const Program::End& end : program.Ends()) {
    ends.push_back(end.target);
    ends.push_back(end.fd);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("sources", ToArray(env, sources));
  result.Set("made", ToArray(env, program.TakeMade()));
  result.Set("ends", ToArray(env, ends));
  return result;
}

}  // namespace

void RegisterPrepare(Napi::Env env, Napi::Object exports) {
  exports.Set("prepare", Napi::Function::New(env, Prepare, "prepare"));
}
