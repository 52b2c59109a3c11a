// What can be read and set of any process by its pid. Linux keeps priority, affinity, scheduling and
// io priority for each thread; POSIX means the process. So the value of the first thread is the
// process's, and a new one is set on every thread, as a program with threads (Node) expects.
#include <dirent.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <unordered_set>
#include <vector>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

using SetOnThread = std::function<SysError(pid_t)>;

// 0, or an errno.
int ThreadsOf(pid_t pid, std::vector<pid_t>& threads) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR* folder = opendir(path);
  if (folder == nullptr) return errno;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    threads.push_back(atoi(entry->d_name));
  }
  closedir(folder);
  return 0;
}

// First the first thread, whose refusal is everybody's; then the rest, again until no new one has
// appeared meanwhile (a new thread has what its creator had). A thread that ended is no failure.
SysError SetOnAll(pid_t pid, const SetOnThread& set) {
  constexpr int kMostPasses = 16;
  if (const SysError failure = set(pid)) return failure;
  std::unordered_set<pid_t> done = {pid};
  for (int pass = 0; pass < kMostPasses; pass++) {
    std::vector<pid_t> threads;
    // Where /proc does not tell (it is not mounted, it hides), the first thread has to do.
    if (ThreadsOf(pid, threads) != 0) return {};
    bool found = false;
    for (const pid_t thread : threads) {
      if (!done.insert(thread).second) continue;
      found = true;
      const SysError failure = set(thread);
      if (failure && failure.error != ESRCH) return failure;
    }
    if (!found) return {};
  }
  return {};
}

Napi::Value Done(Napi::Env env, SysError failure) {
  if (failure) ThrowSys(env, failure);
  return env.Undefined();
}

Napi::Value GetPriority(const Napi::CallbackInfo& info) {
  errno = 0;  // -1 is a priority too
  const int nice = getpriority(PRIO_PROCESS, IntOf(info[0]));
  if (nice == -1 && errno != 0) return Done(info.Env(), {"getpriority", errno});
  return Napi::Number::New(info.Env(), nice);
}

Napi::Value SetPriority(const Napi::CallbackInfo& info) {
  const int nice = IntOf(info[1]);
  return Done(info.Env(), SetOnAll(IntOf(info[0]), [nice](pid_t thread) -> SysError {
    if (setpriority(PRIO_PROCESS, thread, nice) == 0) return {};
    return {"setpriority", errno};
  }));
}

constexpr size_t kBitsOfWord = 8 * sizeof(unsigned long);

// The system call, not the function: it tells how long the kernel's mask is, whatever the number of
// processors it was built for.
Napi::Value GetAffinity(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<unsigned long> mask(16);
  long size;
  for (;;) {
    size = syscall(SYS_sched_getaffinity, IntOf(info[0]), mask.size() * sizeof mask[0], mask.data());
    // EINVAL: the kernel knows more processors than fit. 2^20 are more than it can be built for.
    if (size >= 0 || errno != EINVAL || mask.size() * kBitsOfWord >= 1 << 20) break;
    mask.resize(mask.size() * 2);
  }
  if (size < 0) return Done(env, {"sched_getaffinity", errno});
  std::vector<int> cpus;
  for (size_t cpu = 0; cpu < static_cast<size_t>(size) * 8; cpu++) {
    if (mask[cpu / kBitsOfWord] >> (cpu % kBitsOfWord) & 1) cpus.push_back(static_cast<int>(cpu));
  }
  return ToArray(env, cpus);
}

Napi::Value SetAffinity(const Napi::CallbackInfo& info) {
  std::vector<unsigned long> mask(1);
  for (const int cpu : IntsOf(info[1])) {
    const size_t word = static_cast<size_t>(cpu) / kBitsOfWord;
    if (word >= mask.size()) mask.resize(word + 1);
    mask[word] |= 1UL << (static_cast<size_t>(cpu) % kBitsOfWord);
  }
  return Done(info.Env(), SetOnAll(IntOf(info[0]), [&mask](pid_t thread) -> SysError {
    const size_t size = mask.size() * sizeof mask[0];
    if (syscall(SYS_sched_setaffinity, thread, size, mask.data()) == 0) return {};
    return {"sched_setaffinity", errno};
  }));
}

// As the kernel has it; the C libraries disagree on the type of `resource`.
struct Limit {
  uint64_t soft;
  uint64_t hard;
};

long Prlimit(pid_t pid, int resource, const Limit* wanted, Limit* was) {
  return syscall(SYS_prlimit64, pid, resource, wanted, was);
}

constexpr uint64_t kNoLimit = ~uint64_t{0};

double FromLimit(uint64_t limit) {
  return limit == kNoLimit ? -1 : static_cast<double>(limit);
}

uint64_t ToLimit(double limit) {
  // 2^64 and more cannot be converted, and means none.
  if (limit < 0 || limit >= 18446744073709551616.0) return kNoLimit;
  return static_cast<uint64_t>(limit);
}

Napi::Value GetLimit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Limit limit;
  if (Prlimit(IntOf(info[0]), IntOf(info[1]), nullptr, &limit) < 0) {
    return Done(env, {"prlimit", errno});
  }
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0U, FromLimit(limit.soft));
  pair.Set(1U, FromLimit(limit.hard));
  return pair;
}

Napi::Value SetLimit(const Napi::CallbackInfo& info) {
  const Limit limit = {ToLimit(info[2].As<Napi::Number>().DoubleValue()),
                       ToLimit(info[3].As<Napi::Number>().DoubleValue())};
  const long result = Prlimit(IntOf(info[0]), IntOf(info[1]), &limit, nullptr);
  return Done(info.Env(), result < 0 ? SysError{"prlimit", errno} : SysError{});
}

Napi::Value GetScheduling(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = IntOf(info[0]);
  const long policy = syscall(SYS_sched_getscheduler, pid);
  if (policy < 0) return Done(env, {"sched_getscheduler", errno});
  struct sched_param parameters = {};
  if (syscall(SYS_sched_getparam, pid, &parameters) < 0) return Done(env, {"sched_getparam", errno});
  // SCHED_RESET_ON_FORK comes along with the policy, and is none.
  constexpr long kResetOnFork = 0x40000000;
  const int plain = static_cast<int>(policy & ~kResetOnFork);
  return ToArray(env, std::vector<int>{plain, parameters.sched_priority});
}

// The system call, because musl's function of this name always fails (ENOSYS).
Napi::Value SetScheduling(const Napi::CallbackInfo& info) {
  const int policy = IntOf(info[1]);
  struct sched_param parameters = {};
  parameters.sched_priority = IntOf(info[2]);
  return Done(info.Env(), SetOnAll(IntOf(info[0]), [policy, &parameters](pid_t thread) -> SysError {
    if (syscall(SYS_sched_setscheduler, thread, policy, &parameters) == 0) return {};
    return {"sched_setscheduler", errno};
  }));
}

// glibc has no function for the two, and no header names this (linux/ioprio.h is Linux 5.15's).
constexpr int kIoprioWhoProcess = 1;

Napi::Value GetIoPriority(const Napi::CallbackInfo& info) {
  const long value = syscall(SYS_ioprio_get, kIoprioWhoProcess, IntOf(info[0]));
  if (value < 0) return Done(info.Env(), {"ioprio_get", errno});
  return Napi::Number::New(info.Env(), static_cast<double>(value));
}

Napi::Value SetIoPriority(const Napi::CallbackInfo& info) {
  const int value = IntOf(info[1]);
  return Done(info.Env(), SetOnAll(IntOf(info[0]), [value](pid_t thread) -> SysError {
    if (syscall(SYS_ioprio_set, kIoprioWhoProcess, thread, value) == 0) return {};
    return {"ioprio_set", errno};
  }));
}

}  // namespace

void RegisterAttributes(Napi::Env env, Napi::Object exports) {
  const struct {
    const char* name;
    Napi::Value (*function)(const Napi::CallbackInfo&);
  } table[] = {
      {"getPriority", GetPriority},     {"setPriority", SetPriority},
      {"getAffinity", GetAffinity},     {"setAffinity", SetAffinity},
      {"getLimit", GetLimit},           {"setLimit", SetLimit},
      {"getScheduling", GetScheduling}, {"setScheduling", SetScheduling},
      {"getIoPriority", GetIoPriority}, {"setIoPriority", SetIoPriority},
  };
  for (const auto& [name, function] : table) {
    exports.Set(name, Napi::Function::New(env, function, name));
  }
}
