// fork(2) for a child in which only its entry runs: at a clean point of the event loop, with everything
// that it is to have set up before.
#include <algorithm>
#include <deque>
#include <memory>

#include "clean_point.h"
#include "cleanup.h"
#include "fork_steps.h"
#include "forked_child.h"
#include "forked_setup.h"
#include "ignored.h"
#include "inert.h"
#include "instance.h"
#include "js.h"
#include "program.h"
#include "requests.h"
#include "spawn_js.h"
#include "task_pool.h"
#include "topics.h"

namespace {

// What JavaScript is told, first of all.
enum Outcome { kBegin, kStarted, kRefused, kFailed };

// So many turns of the loop are given to what it has yet to tell the program, or V8's threads have yet to
// do. After that the child, too, does what V8 is in the middle of; all else is the parent's.
constexpr int kPoliteTurns = 30;
// So many turns are taken without a pause.
constexpr int kQuickTurns = 8;
// How long an attempt waits for libuv's threads: from the fourth on, a little longer each time, for a
// program that always has something under way would never be at rest.
constexpr int kLongestWaitMs = 20;

struct Job {
  explicit Job(const Napi::CallbackInfo& info)
      : settle_ms(info[1].As<Napi::Number>().Int64Value()),
        deadline(settle_ms),
        cleanup(info[4].As<Napi::Boolean>()),
        kept(IntsOf(info[3])),
        program(info, 6) {
    tick = Napi::Persistent(info[0].As<Napi::Function>());
    caches = Napi::Persistent(info[2].As<Napi::Array>());
    tell = Napi::Persistent(info[5].As<Napi::Function>());
    std::sort(kept.begin(), kept.end());
    napi_async_init(info.Env(), nullptr, Napi::String::New(info.Env(), "brood:fork"), &context);
  }
  ~Job() { napi_async_destroy(tell.Env(), context); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  void Tell(std::initializer_list<napi_value> arguments) {
    const Napi::Env env = tell.Env();
    tell.MakeCallback(env.Global(), arguments, context);
    if (env.IsExceptionPending()) {
      napi_fatal_exception(env, env.GetAndClearPendingException().Value());
    }
  }

  const int64_t settle_ms;
  Deadline deadline;
  const bool cleanup;
  std::vector<int> kept;
  Program program;
  int turns = 0;
  int polite = 0;
  napi_async_context context = nullptr;
  Napi::FunctionReference tick;
  Napi::Reference<Napi::Array> caches;
  Napi::FunctionReference tell;
};

bool Attempt();

// The forks that were asked for and have not been tried to the end; the main thread's alone.
struct Wanted {
  explicit Wanted(uv_loop_t* loop) : point(loop, Attempt) {}
  CleanPoint point;
  std::deque<std::unique_ptr<Job>> jobs;
};

Wanted* wanted = nullptr;

void Begin(Napi::Env env, Job& job, const RandomCaches& caches) {
  uv_loop_t* const loop = LoopOf(env);
  std::vector<const void*> ours = wanted->point.Handles();
  ours.push_back(Instance::Of(env).Handle());
  StandardStreams standard;
  for (const ChildDescriptor& each : job.program.child.descriptors) {
    const bool output = each.target == 1 || each.target == 2;
    if (output && each.source == each.target) standard.inherited.push_back(each.target);
  }
  MakeInert(loop, job.kept, ours, standard);
  ForgetIgnored();
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  Reseed();
  caches.Refill();
  job.Tell({Napi::Number::New(env, kBegin), ToArray(env, standard.silenced),
            ToArray(env, standard.idle)});
}

Napi::Array EndsOf(Napi::Env env, const Program& program) {
  std::vector<int> pairs;
  for (const Program::End& end : program.Ends()) {
    pairs.push_back(end.target);
    pairs.push_back(end.fd);
  }
  return ToArray(env, pairs);
}

void TellFailure(Napi::Env env, Job& job, const SpawnFailure& failure) {
  job.program.Abandon();
  job.Tell({Napi::Number::New(env, kFailed), MakeSpawnFailure(env, failure).Value()});
}

// All is at rest.
void ForkFor(Napi::Env env, Job& job, std::unique_ptr<Rest> rest) {
  int report[2];
  Placeholders places;
  SpawnFailure failure = places.Take(job.program.Targets());
  if (!failure.failed) failure = job.program.Prepare();
  if (!failure.failed && pipe2(report, O_CLOEXEC) < 0) failure.Set(Stage::kPipe, "pipe2");
  if (failure.failed) {
    places.GiveBack();
    rest.reset();
    TellFailure(env, job, failure);
    return;
  }
  if (job.cleanup) ArmCleanup();
  job.program.child.parent = getpid();
  const RandomCaches caches(job.caches.Value());
  SetUp set_up(job.program, report[1]);
  Forked forked = ForkNow(env, *rest, &set_up);
  rest.reset();
  close(report[forked.pid == 0 ? 0 : 1]);
  if (forked.pid == 0) {
    Begin(env, job, caches);
    return;
  }
  places.GiveBack();
  job.program.CloseMade();
  if (forked.failure) {
    errno = forked.failure.error;
    failure.Set(Stage::kClone, forked.failure.syscall);
  } else if ((failure = HearOf(report[0])).failed) {
    ReapFailed(forked);
  }
  close(report[0]);
  if (failure.failed) {
    TellFailure(env, job, failure);
    return;
  }
  const uint32_t id = LookAfter(env, forked, job.cleanup);
  job.Tell({Napi::Number::New(env, kStarted), Napi::Number::New(env, id),
            Napi::Number::New(env, forked.pid), EndsOf(env, job.program)});
}

// Whether libuv's threads are done.
bool IsSettled(uv_loop_t* loop, Job& job) {
  const int wait_ms = std::clamp(job.turns - 3, 0, kLongestWaitMs);
  const Deadline soon(wait_ms);
  const auto busy = [&] {
    return RequestsInFlight(loop) > DroppableRequests(loop, job.kept);
  };
  while (busy()) {
    if (soon.IsOver()) return false;
    usleep(200);
  }
  return true;
}

// Whether the fork had better wait for another turn.
bool HasYetToTell(uv_loop_t* loop, Job& job) {
  if (job.polite >= kPoliteTurns || (!HasNews(loop) && !pool::HasTasks())) return false;
  job.polite++;
  return true;
}

Refusal Try(Napi::Env env, Job& job, bool& again) {
  uv_loop_t* const loop = LoopOf(env);
  again = false;
  // Others may have been before it.
  if (job.turns++ == 0) job.deadline.Restart();
  if (const char* reason = CannotFork()) return {"unable", reason};
  if (const char* reason = CannotTellHandles()) return {"unable", reason};
  if (!IsSettled(loop, job)) {
    if (job.deadline.IsOver()) return {"requests", std::to_string(RequestsInFlight(loop))};
    again = true;
    return {};
  }
  if ((again = HasYetToTell(loop, job))) return {};
  auto rest = std::make_unique<Rest>();
  if (const Refusal refusal = rest->Await(job.tick.Value(), job.deadline)) return refusal;
  if ((again = HasYetToTell(loop, job))) return {};
  SysError failure;
  Refusal refusal = CheckThreads(loop, job.deadline, failure);
  // That may itself have given work to libuv's threads.
  while (!refusal && RequestsInFlight(loop) > DroppableRequests(loop, job.kept)) {
    if (job.deadline.IsOver()) refusal = {"requests", std::to_string(RequestsInFlight(loop))};
    usleep(100);
  }
  if (refusal) return refusal;
  if (failure) {
    rest.reset();
    job.Tell({Napi::Number::New(env, kFailed), MakeSysError(env, failure).Value()});
  } else {
    ForkFor(env, job, std::move(rest));
  }
  return {};
}

// For the first of them; true when there is no other.
bool Attempt() {
  std::unique_ptr<Job> job = std::move(wanted->jobs.front());
  wanted->jobs.pop_front();
  const Napi::Env env = job->tell.Env();
  const Napi::HandleScope scope(env);
  bool again = false;
  if (const Refusal refusal = Try(env, *job, again)) {
    job->Tell({Napi::Number::New(env, kRefused), Napi::String::New(env, refusal.code),
               Napi::String::New(env, refusal.detail)});
  } else if (again) {
    if (job->turns > kQuickTurns) wanted->point.Slower();
    wanted->jobs.push_front(std::move(job));
  }
  return wanted->jobs.empty();
}

// forkClean(tick, settleMs, caches, kept, cleanup, tell, ...program)
Napi::Value ForkClean(const Napi::CallbackInfo& info) {
  if (wanted == nullptr) wanted = new Wanted(LoopOf(info.Env()));
  wanted->jobs.push_back(std::make_unique<Job>(info));
  wanted->point.Seek();
  return info.Env().Undefined();
}

}  // namespace

void ForgetWantedForks() {
  if (wanted == nullptr) return;
  wanted->jobs.clear();
  wanted->point.Stop();
}

void RegisterForkClean(Napi::Env env, Napi::Object exports) {
  exports.Set("forkClean", Napi::Function::New(env, ForkClean, "forkClean"));
}
