// Programs started on the thread pool: a job goes out with the program and comes back with its pid.
#include <memory>
#include <vector>

#include "cleanup.h"
#include "instance.h"
#include "js.h"
#include "left_behind.h"
#include "program.h"
#include "spawn_js.h"
#include "topics.h"

namespace {

// With more than these at a time, their pipes are as small as the kernel makes them.
constexpr size_t kFewProcesses = 16;

// One start on its way through the pool.
struct Job {
  Job(const Napi::CallbackInfo& info, Instance& owner, bool in_cleanup)
      : instance(owner), generation(owner.Generation()), cleanup(in_cleanup), program(info, 1) {
    instance.Hold();
  }
  ~Job() { instance.LetGo(); }


  Instance& instance;
  const int generation;
  uint32_t id = 0;
  bool cleanup;
  Program program;
  SpawnFailure failure;
  napi_async_work work = nullptr;
};

// On a pool thread. The new child is put under watch here, so that the loop spends nothing on it.
void Execute(napi_env, void* data) {
  Job* job = static_cast<Job*>(data);
  const bool pidfd = job->instance.UsesPidfd();
  if (job->cleanup) ArmCleanup();
  job->failure = job->program.Start(pidfd);
  if (job->failure.failed) return;
  if (job->cleanup) AddToCleanup(job->program.pid, job->program.pidfd);
  if (pidfd) job->instance.Watch(job->id, job->program.pidfd);
}

void ReportFailure(Napi::Env env, Job& job) {
  const SpawnFailure& failure = job.failure;
  job.instance.processes.Drop(job.id);
  job.instance.failed.Call(
      {Napi::Number::New(env, job.id), MakeSpawnFailure(env, failure).Value()});
}

// This thread, a worker, is being terminated, and stopped before or while it made streams of the ends.
// libuv makes non-blocking what it takes, and closes that with the thread.
void CloseUntaken(const std::vector<Program::End>& ends) {
  for (const Program::End& end : ends) {
    const int flags = fcntl(end.fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) close(end.fd);
  }
}

void ReportStart(Napi::Env env, Job& job) {
  Napi::Value ends = env.Undefined();
  if (!job.program.Ends().empty()) {
    std::vector<int> pairs;
    for (const Program::End& end : job.program.Ends()) {
      pairs.push_back(end.target);
      pairs.push_back(end.fd);
    }
    ends = ToArray(env, pairs);
  }
  const napi_value arguments[] = {Napi::Number::New(env, job.id),
                                  Napi::Number::New(env, job.program.pid), ends};
  const napi_status status = napi_call_function(env, env.Undefined(), job.instance.started.Value(),
                                                3, arguments, nullptr);
  if (status != napi_ok) CloseUntaken(job.program.Ends());
}

// On the loop again.
void Complete(napi_env raw, napi_status status, void* data) {
  std::unique_ptr<Job> job(static_cast<Job*>(data));
  napi_delete_async_work(raw, job->work);
  Napi::Env env(raw);
  Napi::HandleScope scope(env);
  if (job->generation != job->instance.Generation()) {
    // This program was forked off meanwhile: the child, and whoever waits for it, are the parent's.
    job->program.CloseEnds();
    CloseAndForget(job->program.pidfd);
    job->instance.processes.Drop(job->id);
    return;
  }
  if (status != napi_ok || job->instance.closing) {
    // The thread that asked is ending, and so is what it asked for.
    job->program.CloseEnds();
    if (job->program.pid <= 0) return;
    if (job->cleanup) StopFromCleanup(job->program.pid);
    ReapLater(job->program.pid, job->program.pidfd);
    return;
  }
  if (job->failure.failed) {
    ReportFailure(env, *job);
    return;
  }
  const bool ended =
      job->instance.processes.Born(job->id, job->program.pid, job->program.pidfd, job->cleanup);
  ReportStart(env, *job);
  if (ended) job->instance.ReportIfEnded(job->id);
}

Napi::Value Spawn(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Instance& instance = Instance::Of(env);
  auto job = std::make_unique<Job>(info, instance, info[0].As<Napi::Boolean>().Value());
  job->id = instance.processes.Reserve();
  job->program.roomy_pipes = instance.processes.Count() <= kFewProcesses;
  const uint32_t id = job->id;
  if (napi_create_async_work(env, nullptr, Napi::String::New(env, "brood:spawn"), Execute, Complete,
                             job.get(), &job->work) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok) {
    instance.processes.Drop(id);
    Napi::Error::New(env, "the work could not be queued").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  job.release();
  return Napi::Number::New(env, id);
}

}  // namespace

void RegisterSpawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, Spawn, "spawn"));
}
