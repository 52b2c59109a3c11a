#include "pool_job.h"

#include "js.h"

Napi::Value PoolJob::Queue(Napi::Env env, std::unique_ptr<PoolJob> job) {
  napi_value promise = nullptr;
  if (napi_create_promise(env, &job->deferred_, &promise) != napi_ok) return env.Undefined();
  if (napi_create_async_work(env, nullptr, Napi::String::New(env, "brood:inspect"), Execute,
                             Complete, job.get(), &job->work_) != napi_ok ||
      napi_queue_async_work(env, job->work_) != napi_ok) {
    Napi::Error::New(env, "the work could not be queued").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  job.release();
  return Napi::Value(env, promise);
}

void PoolJob::Execute(napi_env, void* data) {
  PoolJob* job = static_cast<PoolJob*>(data);
  job->failure_ = job->Run();
}

void PoolJob::Complete(napi_env raw, napi_status status, void* data) {
  std::unique_ptr<PoolJob> job(static_cast<PoolJob*>(data));
  napi_delete_async_work(raw, job->work_);
  // The thread that asked is ending.
  if (status != napi_ok) return;
  Napi::Env env(raw);
  Napi::HandleScope scope(env);
  if (job->failure_) {
    napi_reject_deferred(raw, job->deferred_, MakeSysError(env, job->failure_).Value());
    return;
  }
  Napi::ArrayBuffer bytes = Napi::ArrayBuffer::New(env, job->packed.Size());
  if (bytes.IsEmpty()) return;
  memcpy(bytes.Data(), job->packed.Data(), job->packed.Size());
  napi_resolve_deferred(raw, job->deferred_, bytes);
}
