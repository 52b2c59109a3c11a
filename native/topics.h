// One function for each topic; it adds its names to the table that JavaScript sees.
#pragma once

#include <napi.h>

void RegisterInstance(Napi::Env env, Napi::Object exports);
void RegisterSpawn(Napi::Env env, Napi::Object exports);
void RegisterExec(Napi::Env env, Napi::Object exports);
void RegisterRunSync(Napi::Env env, Napi::Object exports);
void RegisterProcesses(Napi::Env env, Napi::Object exports);
void RegisterProcessTable(Napi::Env env, Napi::Object exports);
void RegisterLook(Napi::Env env, Napi::Object exports);
void RegisterStatWatch(Napi::Env env, Napi::Object exports);
void RegisterHolders(Napi::Env env, Napi::Object exports);
void RegisterUnixPeers(Napi::Env env, Napi::Object exports);
void RegisterEvents(Napi::Env env, Napi::Object exports);
void RegisterAttributes(Napi::Env env, Napi::Object exports);
void RegisterOwn(Napi::Env env, Napi::Object exports);
void RegisterOffice(Napi::Env env, Napi::Object exports);
void RegisterSignal(Napi::Env env, Napi::Object exports);
void RegisterDescriptor(Napi::Env env, Napi::Object exports);
void RegisterFork(Napi::Env env, Napi::Object exports);
void RegisterForkClean(Napi::Env env, Napi::Object exports);
void RegisterNaturalEnd(Napi::Env env, Napi::Object exports);
void RegisterForkServer(Napi::Env env, Napi::Object exports);
void RegisterBecome(Napi::Env env, Napi::Object exports);
void RegisterPrepare(Napi::Env env, Napi::Object exports);
void RegisterOpenHandles(Napi::Env env, Napi::Object exports);
void RegisterReadiness(Napi::Env env, Napi::Object exports);
void RegisterMessage(Napi::Env env, Napi::Object exports);
void RegisterGrowingMemory(Napi::Env env, Napi::Object exports);
void RegisterNotifySocket(Napi::Env env, Napi::Object exports);
void RegisterListeningSocket(Napi::Env env, Napi::Object exports);
void RegisterSharedMemory(Napi::Env env, Napi::Object exports);
void RegisterSharedRecord(Napi::Env env, Napi::Object exports);
void RegisterFutexWatch(Napi::Env env, Napi::Object exports);
