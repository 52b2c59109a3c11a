// fork(2) of a program that runs Node, at a point at which only the main thread is in the middle of
// anything. Every reason to refuse is found before anything has changed.
#include <sys/epoll.h>
#include <uv.h>

#include <cstdio>
#include <ctime>
#include <vector>

#include "cleanup.h"
#include "forked_child.h"
#include "instance.h"
#include "js.h"
#include "memory_map.h"
#include "node_internals.h"
#include "requests.h"
#include "stranger.h"
#include "threads.h"
#include "topics.h"
#include "worker_pool.h"

namespace {

// Between two looks whether what is awaited has come, JavaScript runs for a moment.
constexpr int kSliceMs = 2;

uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

// Why no fork can be had in this program, whatever it does; nullptr if one can.
const char* CannotFork() {
  const NodeInternals& node = NodeInternals::Get();
  if (node.missing != nullptr) return node.missing;
  if (access("/proc/self/maps", R_OK) < 0) return "/proc/self/maps cannot be read";
  return BackgroundWork::Get().Attach(node.platform_of(CurrentEnvironment()));
}

// What is refused, and as what: the codes that src/platform/linux/fork.ts knows.
struct Refusal {
  const char* code = nullptr;
  std::string detail;
  explicit operator bool() const { return code != nullptr; }
};

class Deadline {
 public:
  explicit Deadline(int64_t milliseconds) : end_(NowMs() + milliseconds) {}
  bool IsOver() const { return NowMs() >= end_; }
 private:
  const int64_t end_;
};

// What libuv's threads have begun is waited for: both sides will then hear of it. What only the loop
// can bring to an end (a write that the other side does not read) never ends here.
Refusal SettleRequests(uv_loop_t* loop, const Deadline& deadline) {
  for (;;) {
    const unsigned count = RequestsInFlight(loop);
    if (count == 0) return {};
    if (deadline.IsOver()) return {"requests", std::to_string(count)};
    const struct timespec pause = {0, 200'000};
    nanosleep(&pause, nullptr);
  }
}

// V8's threads at rest.
class Rest {
 public:
  Rest() { BackgroundWork::Get().BeginRest(); }
  ~Rest() {
    if (!in_child_) BackgroundWork::Get().EndRest();
  }
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;

  // `tick` is a function of JavaScript: a thread may wait for the main one to collect garbage.
  Refusal Await(const Napi::Function& tick, const Deadline& deadline) {
    while (!BackgroundWork::Get().WaitForRest(kSliceMs)) {
      if (deadline.IsOver()) return {"background", ""};
      tick.Call({});
    }
    return {};
  }

  void BecameChild() { in_child_ = true; }

 private:
  bool in_child_ = false;
};

// Some threads are there for one task and end by themselves: Node 24 loads certificates in one.
constexpr int64_t kFarewellMs = 250;

void AwaitFarewell(const std::vector<ForeignThread>& threads, const Deadline& deadline) {
  const Deadline soon(kFarewellMs);
  for (const ForeignThread& thread : threads) {
    while (IsThread(thread.id) && !soon.IsOver() && !deadline.IsOver()) {
      const struct timespec pause = {0, 500'000};
      nanosleep(&pause, nullptr);
    }
  }
}

Refusal CheckThreads(uv_loop_t* loop, const Deadline& deadline, SysError& failure) {
  const BackgroundWork& work = BackgroundWork::Get();
  std::vector<ForeignThread> foreign;
  failure = FindForeignThreads(loop, work.Threads(), work.IsOurs(), foreign);
  if (foreign.empty()) return {};
  AwaitFarewell(foreign, deadline);
  foreign.clear();
  failure = FindForeignThreads(loop, work.Threads(), work.IsOurs(), foreign);
  if (foreign.empty()) return {};
  std::string list;
  for (const ForeignThread& thread : foreign) {
    if (!list.empty()) list += ", ";
    list += std::to_string(thread.id) + " '" + thread.name + "'";
  }
  return {"threads", list};
}

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

struct Forked {
  pid_t pid = -1;  // 0 in the child
  int pidfd = -1;
  SysError failure;
};

// Signals are blocked until both sides are whole: one that came in between would be told to the
// parent's loop by the child.
Forked ForkNow(Napi::Env env, Rest& rest) {
  uv_loop_t* const loop = LoopOf(env);
  Instance& instance = Instance::Of(env);
  Forked forked;
  // What the child needs is had before, so that it does not fail when it is too late to refuse.
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    forked.failure = {"epoll_create1", errno};
    return forked;
  }
  fflush(nullptr);
  const SignalsBlocked blocked;
  if ((forked.failure = MakeMemoryInheritable())) {
    close(epoll);
    return forked;
  }
  uv_mutex_lock(&loop->wq_mutex);
  BackgroundWork::Get().Lock();
  forked.pid = fork();
  if (forked.pid == 0) {
    rest.BecameChild();
    BackgroundWork::Get().StartAnew();
    ForgetThreads();
    ForgetCleanup();
    instance.BecomeChild(epoll);
    RenewLoop(loop);
    EndWithoutThreads(env);
    return forked;
  }
  const int error = errno;
  BackgroundWork::Get().Unlock();
  uv_mutex_unlock(&loop->wq_mutex);
  // Its place in the table of descriptors is the pidfd's.
  close(epoll);
  if (forked.pid < 0) {
    forked.failure = {"fork", error};
  } else if (instance.UsesPidfd()) {
    forked.pidfd = PidfdOpen(forked.pid);
  }
  return forked;
}

Napi::Value Refuse(Napi::Env env, const Refusal& refusal) {
  Napi::Array answer = Napi::Array::New(env, 2);
  answer.Set(0U, Napi::String::New(env, refusal.code));
  answer.Set(1U, Napi::String::New(env, refusal.detail));
  return answer;
}

// fork(tick, settleMs, caches): [id, pid] in the parent, null in the child, [code, detail] refused.
Napi::Value Fork(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto tick = info[0].As<Napi::Function>();
  const Deadline deadline(info[1].As<Napi::Number>().Int64Value());
  if (const char* reason = CannotFork()) return Refuse(env, {"unable", reason});
  if (const Refusal refusal = SettleRequests(LoopOf(env), deadline)) return Refuse(env, refusal);
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
    RefillCaches(info[2].As<Napi::Array>());
    return env.Null();
  }
  Instance& instance = Instance::Of(env);
  const uint32_t id = instance.processes.Reserve();
  instance.processes.Born(id, forked.pid, forked.pidfd, false);
  if (forked.pidfd >= 0) instance.Watch(id, forked.pidfd);
  Napi::Array answer = Napi::Array::New(env, 2);
  answer.Set(0U, Napi::Number::New(env, id));
  answer.Set(1U, Napi::Number::New(env, forked.pid));
  return answer;
}

Napi::Value Pid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getpid());
}

// [why not, or '', whether Math.random is mended here]
Napi::Value ForkAbility(const Napi::CallbackInfo& info) {
  const char* reason = CannotFork();
  Napi::Array answer = Napi::Array::New(info.Env(), 2);
  answer.Set(0U, Napi::String::New(info.Env(), reason == nullptr ? "" : reason));
  answer.Set(1U, Napi::Boolean::New(info.Env(), CanReseed()));
  return answer;
}

}  // namespace

void RegisterFork(Napi::Env env, Napi::Object exports) {
  exports.Set("fork", Napi::Function::New(env, Fork, "fork"));
  exports.Set("pid", Napi::Function::New(env, Pid, "pid"));
  exports.Set("forkAbility", Napi::Function::New(env, ForkAbility, "forkAbility"));
}
