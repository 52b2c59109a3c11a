// The table of what the addon gives to JavaScript, and nothing else.
#include "topics.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  RegisterInstance(env, exports);
  RegisterSpawn(env, exports);
  RegisterExec(env, exports);
  RegisterRunSync(env, exports);
  RegisterProcesses(env, exports);
  RegisterProcessTable(env, exports);
  RegisterLook(env, exports);
  RegisterStatWatch(env, exports);
  RegisterHolders(env, exports);
  RegisterUnixPeers(env, exports);
  RegisterEvents(env, exports);
  RegisterAttributes(env, exports);
  RegisterOwn(env, exports);
  RegisterOffice(env, exports);
  RegisterSignal(env, exports);
  RegisterDescriptor(env, exports);
  RegisterFork(env, exports);
  RegisterForkClean(env, exports);
  RegisterNaturalEnd(env, exports);
  RegisterForkServer(env, exports);
  RegisterBecome(env, exports);
  RegisterPrepare(env, exports);
  RegisterOpenHandles(env, exports);
  RegisterReadiness(env, exports);
  RegisterMessage(env, exports);
  RegisterGrowingMemory(env, exports);
  RegisterNotifySocket(env, exports);
  RegisterListeningSocket(env, exports);
  RegisterSharedMemory(env, exports);
  RegisterSharedRecord(env, exports);
  RegisterFutexWatch(env, exports);
  return exports;
}

NODE_API_MODULE(brood, Init)
