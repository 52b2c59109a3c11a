#include "processes.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "cleanup.h"
#include "instance.h"
#include "js.h"
#include "topics.h"

namespace {

// How long a stranger that ended may stay unreaped until its end is told without a status.
constexpr int64_t kReapGraceMs = 200;

// struct pidfd_info of linux/pidfd.h, Linux 6.13; the exit code since 6.15.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
  uint32_t coredump_mask;
  uint32_t spare;
};
constexpr uint64_t kInfoExit = 1 << 3;
constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);

// A wait status from the parts that waitid(2) splits it into.
int WaitStatusOf(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

// The raw call: glibc's waitid does not give the resource usage.
// False with errno 0: it still runs.
bool WaitId(int kind, int id, End& end) {
  siginfo_t info = {};
  long result;
  do {
    result = syscall(SYS_waitid, kind, id, &info, WEXITED | WNOHANG, &end.usage);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return false;
  if (info.si_pid == 0) {
    errno = 0;
    return false;
  }
  end.wait_status = WaitStatusOf(info);
  end.has_usage = true;
  return true;
}

// The fields of /proc/PID/stat from the state (field 3) on; comm may hold anything, so they are
// counted from the last ")".
bool ReadStatFields(pid_t pid, char* buffer, size_t size, char*& fields) {
  char path[48];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t length = read(fd, buffer, size - 1);
  close(fd);
  if (length <= 0) return false;
  buffer[length] = '\0';
  char* bracket = strrchr(buffer, ')');
  if (bracket == nullptr) return false;
  fields = bracket + 2;
  return true;
}

const char* Field(const char* fields, int number) {
  for (int at = 3; at < number && fields != nullptr; at++) {
    fields = strchr(fields, ' ');
    if (fields != nullptr) fields++;
  }
  return fields;
}

uint64_t StartTimeOf(pid_t pid, char& state) {
  char buffer[1024];
  char* fields;
  if (!ReadStatFields(pid, buffer, sizeof(buffer), fields)) return 0;
  state = *fields;
  const char* field = Field(fields, 22);
  return field == nullptr ? 0 : strtoull(field, nullptr, 10);
}

// Between exit and reap, field 52 holds the wait status for those who may trace the process; others
// read 0 there, and the name-space link tells which of the two we are.
bool ZombieStatus(pid_t pid, int& wait_status) {
  char path[48], link[64];
  snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
  if (readlink(path, link, sizeof(link)) < 0) return false;
  char buffer[1024];
  char* fields;
  if (!ReadStatFields(pid, buffer, sizeof(buffer), fields) || *fields != 'Z') return false;
  const char* field = Field(fields, 52);
  if (field == nullptr) return false;
  wait_status = atoi(field);
  return true;
}

short PollNow(int pidfd, int timeout_ms = 0) {
  struct pollfd entry = {pidfd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) > 0 ? entry.revents : 0;
}

// A process of somebody else's, by its pidfd.
bool StrangerEnded(Tracked& process, End& end) {
  const short events = PollNow(process.pidfd);
  if (events == 0) return false;
  if ((events & POLLHUP) != 0) {
    PidfdInfo info = {};
    info.mask = kInfoExit;
    if (ioctl(process.pidfd, kGetInfo, &info) == 0 && (info.mask & kInfoExit) != 0) {
      end.wait_status = info.exit_code;
    }
    return true;
  }
  int status;
  // Not reaped before and not after the look: what was read was of this process.
  if (ZombieStatus(process.pid, status) && (PollNow(process.pidfd) & POLLHUP) == 0) {
    end.wait_status = status;
    return true;
  }
  if (process.zombie_since_ms == 0) process.zombie_since_ms = NowMs();
  return NowMs() - process.zombie_since_ms >= kReapGraceMs;
}

// The same without pidfds: the start time tells it from a later process of the same pid.
bool StrangerEndedByPid(const Tracked& process, End& end) {
  char state = 0;
  if (StartTimeOf(process.pid, state) != process.start_time) return true;
  if (state != 'Z') return false;
  int status;
  if (ZombieStatus(process.pid, status)) end.wait_status = status;
  return true;
}

}  // namespace

int64_t NowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool Reap(pid_t pid, End& end) {
  return WaitId(P_PID, pid, end);
}

uint32_t Processes::Reserve() {
  const uint32_t id = next_++;
  Tracked process;
  process.owned = true;
  all_.emplace(id, process);
  return id;
}

bool Processes::Born(uint32_t id, pid_t pid, int pidfd, bool cleanup) {
  Tracked& process = all_[id];
  process.pid = pid;
  process.pidfd = pidfd;
  process.cleanup = cleanup;
  return process.event_came;
}

SysError Processes::Attach(pid_t pid, bool use_pidfd, uint32_t& id) {
  Tracked process;
  process.pid = pid;
  if (use_pidfd) {
    process.pidfd = PidfdOpen(pid);
    // EINVAL and ENOENT: the number is a thread's, which is nobody's process.
    if (process.pidfd < 0) return {"pidfd_open", errno == EINVAL || errno == ENOENT ? ESRCH : errno};
  } else {
    char state = 0;
    process.start_time = StartTimeOf(pid, state);
    if (process.start_time == 0) return {"open", ESRCH};
  }
  id = next_++;
  all_.emplace(id, process);
  return {};
}

Tracked* Processes::Find(uint32_t id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

void Processes::Drop(uint32_t id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  if (found->second.cleanup) RemoveFromCleanup(found->second.pid);
  CloseAndForget(found->second.pidfd);
  all_.erase(found);
}

void Processes::DisownAll() {
  for (auto& [id, process] : all_) {
    if (!process.owned) continue;
    process.owned = false;
    process.cleanup = false;
    process.watched = true;
    char state = 0;
    if (process.pid > 0 && process.pidfd < 0) process.start_time = StartTimeOf(process.pid, state);
  }
}

void Processes::Clear() {
  for (auto& [id, process] : all_) {
    if (process.cleanup && process.pidfd >= 0) {
      // The thread that was to stop it is going, and the pidfd with it.
      PidfdSendSignal(process.pidfd, SIGTERM);
      RemoveFromCleanup(process.pid);
    }
    CloseAndForget(process.pidfd);
  }
  all_.clear();
}

bool Processes::Ended(Tracked& process, End& end) {
  if (process.pid == 0) return false;
  if (!process.owned) {
    return process.pidfd >= 0 ? StrangerEnded(process, end) : StrangerEndedByPid(process, end);
  }
  const bool by_pidfd = process.pidfd >= 0;
  if (WaitId(by_pidfd ? kWaitByPidfd : P_PID, by_pidfd ? process.pidfd : process.pid, end)) return true;
  // waitid by pidfd came with Linux 5.4, a version after pidfd_open.
  if (by_pidfd && errno == EINVAL) return Reap(process.pid, end);
  // Somebody else reaped it (a SIGCHLD that is ignored does): it has ended, and how is lost.
  return errno == ECHILD;
}

Napi::Array ToArray(Napi::Env env, const End& end) {
  Napi::Array array = Napi::Array::New(env);
  uint32_t next = 0;
  const auto add = [&](double number) { array.Set(next++, Napi::Number::New(env, number)); };
  add(end.wait_status);
  if (!end.has_usage) return array;
  const struct rusage& usage = end.usage;
  add(static_cast<double>(usage.ru_utime.tv_sec) * 1e6 + static_cast<double>(usage.ru_utime.tv_usec));
  add(static_cast<double>(usage.ru_stime.tv_sec) * 1e6 + static_cast<double>(usage.ru_stime.tv_usec));
  for (long count : {usage.ru_maxrss, usage.ru_minflt, usage.ru_majflt, usage.ru_inblock,
                     usage.ru_oublock, usage.ru_nvcsw, usage.ru_nivcsw}) {
    add(static_cast<double>(count));
  }
  return array;
}

namespace {

uint32_t IdOf(const Napi::CallbackInfo& info) {
  return info[0].As<Napi::Number>().Uint32Value();
}

// Ended: forgotten here, and told to JavaScript, which keeps it.
Napi::Value Tell(Napi::Env env, Instance& instance, uint32_t id, const End& end) {
  instance.processes.Drop(id);
  return ToArray(env, end);
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
  return Tell(info.Env(), instance, IdOf(info), end);
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
  return Tell(info.Env(), instance, IdOf(info), end);
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
  exports.Set("watch", Napi::Function::New(env, Watch, "watch"));
  exports.Set("poll", Napi::Function::New(env, Poll, "poll"));
  exports.Set("waitSync", Napi::Function::New(env, WaitSync, "waitSync"));
  exports.Set("signal", Napi::Function::New(env, Signal, "signal"));
  exports.Set("setCleanup", Napi::Function::New(env, SetCleanup, "setCleanup"));
  exports.Set("release", Napi::Function::New(env, Release, "release"));
  exports.Set("keepAlive", Napi::Function::New(env, KeepAlive, "keepAlive"));
  exports.Set("reap", Napi::Function::New(env, ReapOne, "reap"));
}
