// A question to the kernel that takes long: asked on a pool thread, answered by a promise of bytes.
#pragma once

#include <napi.h>

#include <memory>

#include "packer.h"
#include "sys.h"

class PoolJob {
 public:
  virtual ~PoolJob() = default;
  // On a pool thread: fills in `packed`, or says what failed.
  virtual SysError Run() = 0;

  // The promise of what it packs, an ArrayBuffer.
  static Napi::Value Queue(Napi::Env env, std::unique_ptr<PoolJob> job);

 protected:
  Packer packed;

 private:
  static void Execute(napi_env env, void* data);
  static void Complete(napi_env env, napi_status status, void* data);

  SysError failure_;
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};
