// What JavaScript sees of the processes that are looked after: by their ids.
#include <sys/stat.h>
#include <sys/vfs.h>

#include <ctime>

#include "cleanup.h"
#include "instance.h"
#include "js.h"
#include "own_children.h"
#include "processes.h"
#include "stranger.h"
#include "topics.h"

std::array<double, kUsageNumbers> NumbersOf(const struct rusage& usage) {
  const auto micros = [](const struct timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  const auto count = [](long number) { return static_cast<double>(number); };
  return {micros(usage.ru_utime),   micros(usage.ru_stime),   count(usage.ru_maxrss),
          count(usage.ru_minflt),   count(usage.ru_majflt),   count(usage.ru_inblock),
          count(usage.ru_oublock),  count(usage.ru_nvcsw),    count(usage.ru_nivcsw)};
}

Napi::Array ToArray(Napi::Env env, const End& end) {
  Napi::Array array = Napi::Array::New(env);
  array.Set(0u, end.wait_status);
  if (!end.has_usage) return array;
  for (const double number : NumbersOf(end.usage)) array.Set(array.Length(), number);
  return array;
}

namespace {

uint32_t IdOf(const Napi::CallbackInfo& info) {
  return info[0].As<Napi::Number>().Uint32Value();
}

// Ended: forgotten here, and told to JavaScript, which keeps it.
Napi::Value Tell(Instance& instance, uint32_t id, const End& end) {
  instance.processes.Drop(id);
  return instance.Tell(end);
}

Napi::Value Attach(const Napi::CallbackInfo& info) {
  Instance& instance = Instance::Of(info.Env());
  uint32_t id = 0;
  if (const SysError failure = instance.processes.Attach(IntOf(info[0]), instance.UsesPidfd(), id)) {
    ThrowSys(info.Env(), failure);
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), id);
}

// adopt(pid, pidfd): the id of a child that another process has made for us; the pidfd (-1: there are
// not known, or there are none) is ours from here on.
Napi::Value Adopt(const Napi::CallbackInfo& info) {
  Instance& instance = Instance::Of(info.Env());
  const uint32_t id = instance.processes.Reserve();
  CountAsOwn(IntOf(info[0]));
  int pidfd = IntOf(info[1]);
  // Until we reap it the pid is its own.
  if (pidfd < 0 && instance.UsesPidfd()) pidfd = PidfdOpen(IntOf(info[0]));
  instance.processes.Born(id, IntOf(info[0]), pidfd, false);
  if (pidfd >= 0) instance.Watch(id, pidfd);
  return Napi::Number::New(info.Env(), id);
}

Napi::Value Watch(const Napi::CallbackInfo& info) {
  Instance& instance = Instance::Of(info.Env());
  Tracked* process = instance.processes.Find(IdOf(info));
  if (process != nullptr && process->pidfd >= 0) {
    process->watched = true;
    instance.Watch(IdOf(info), process->pidfd);
  }
  return info.Env().Undefined();
}

Napi::Value Poll(const Napi::CallbackInfo& info) {
  Instance& instance = Instance::Of(info.Env());
  Tracked* process = instance.processes.Find(IdOf(info));
  End end;
  if (process == nullptr || !instance.processes.Ended(*process, end)) return info.Env().Undefined();
  return Tell(instance, IdOf(info), end);
}

// Sleeps until something may have changed, at most `left_ms` (-1: for ever).
void SleepUntilChange(const Tracked& process, int64_t left_ms, int& pause_ms) {
  const bool pending = process.zombie_since_ms != 0;
  if (process.pidfd >= 0 && !pending) {
    PollNow(process.pidfd, left_ms < 0 || left_ms > 1 << 30 ? -1 : static_cast<int>(left_ms));
    return;
  }
  // No pidfd, or a stranger's parent owes us the reaping: look again, less and less often.
  const int64_t pause = left_ms >= 0 && left_ms < pause_ms ? left_ms : pause_ms;
  struct timespec time = {pause / 1000, (pause % 1000) * 1000000};
  nanosleep(&time, nullptr);
  if (pause_ms < 20) pause_ms *= 2;
}

Napi::Value WaitSync(const Napi::CallbackInfo& info) {
  Instance& instance = Instance::Of(info.Env());
  Tracked* process = instance.processes.Find(IdOf(info));
  if (process == nullptr) return info.Env().Undefined();
  const int64_t bound = info[1].As<Napi::Number>().Int64Value();
  const int64_t until = bound < 0 ? -1 : NowMs() + bound;
  End end;
  for (int pause_ms = 1; !instance.processes.Ended(*process, end);) {
    const int64_t left = until < 0 ? -1 : until - NowMs();
    if (until >= 0 && left <= 0) return info.Env().Undefined();
    SleepUntilChange(*process, left, pause_ms);
  }
  return Tell(instance, IdOf(info), end);
}

SysError Send(const Tracked& process, int number) {
  if (process.pidfd >= 0) {
    return PidfdSendSignal(process.pidfd, number) < 0 ? SysError{"pidfd_send_signal", errno} : SysError{};
  }
  char state = 0;
  // A child of ours keeps its pid until we reap it; a stranger is looked at first.
  if (!process.owned && StartTimeOf(process.pid, state) != process.start_time) return {"kill", ESRCH};
  return kill(process.pid, number) < 0 ? SysError{"kill", errno} : SysError{};
}

Napi::Value Signal(const Napi::CallbackInfo& info) {
  const Tracked* process = Instance::Of(info.Env()).processes.Find(IdOf(info));
  if (process == nullptr) return Napi::Boolean::New(info.Env(), false);
  const SysError failure = Send(*process, IntOf(info[1]));
  if (failure && failure.error != ESRCH) {
    ThrowSys(info.Env(), failure);
    return info.Env().Undefined();
  }
  return Napi::Boolean::New(info.Env(), !failure);
}

// Linux 6.9 gave every process an inode of its own in pidfs; before, all pidfds share one.
Napi::Value InodeOf(const Napi::CallbackInfo& info) {
  constexpr auto kPidFsMagic = 0x50494446;
  const Tracked* process = Instance::Of(info.Env()).processes.Find(IdOf(info));
  struct statfs place;
  struct stat what;
  if (process == nullptr || process->pidfd < 0 || fstatfs(process->pidfd, &place) < 0 ||
      place.f_type != kPidFsMagic || fstat(process->pidfd, &what) < 0) {
    return info.Env().Undefined();
  }
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(what.st_ino));
}

Napi::Value SetCleanup(const Napi::CallbackInfo& info) {
  Tracked* process = Instance::Of(info.Env()).processes.Find(IdOf(info));
  if (process == nullptr || !process->owned) return info.Env().Undefined();
  process->cleanup = info[1].As<Napi::Boolean>();
  if (process->cleanup) {
    ArmCleanup();
    AddToCleanup(process->pid, process->pidfd);
  } else {
    RemoveFromCleanup(process->pid);
  }
  return info.Env().Undefined();
}

Napi::Value Release(const Napi::CallbackInfo& info) {
  Instance::Of(info.Env()).processes.Drop(IdOf(info));
  return info.Env().Undefined();
}

Napi::Value KeepAlive(const Napi::CallbackInfo& info) {
  Instance::Of(info.Env()).KeepAlive(info[0].As<Napi::Boolean>());
  return info.Env().Undefined();
}

Napi::Value ReapOne(const Napi::CallbackInfo& info) {
  End end;
  return Reap(IntOf(info[0]), end) ? Napi::Value(ToArray(info.Env(), end)) : info.Env().Undefined();
}

}  // namespace

void RegisterProcesses(Napi::Env env, Napi::Object exports) {
  exports.Set("attach", Napi::Function::New(env, Attach, "attach"));
  exports.Set("adopt", Napi::Function::New(env, Adopt, "adopt"));
  exports.Set("watch", Napi::Function::New(env, Watch, "watch"));
  exports.Set("poll", Napi::Function::New(env, Poll, "poll"));
  exports.Set("waitSync", Napi::Function::New(env, WaitSync, "waitSync"));
  exports.Set("signal", Napi::Function::New(env, Signal, "signal"));
  exports.Set("inode", Napi::Function::New(env, InodeOf, "inode"));
  exports.Set("setCleanup", Napi::Function::New(env, SetCleanup, "setCleanup"));
  exports.Set("release", Napi::Function::New(env, Release, "release"));
  exports.Set("keepAlive", Napi::Function::New(env, KeepAlive, "keepAlive"));
  exports.Set("reap", Napi::Function::New(env, ReapOne, "reap"));
}
