// Processes as /proc shows them, read on a pool thread; JavaScript takes the bytes apart.
#include <ctime>
#include <string>
#include <vector>

#include "js.h"
#include "look.h"
#include "pool_job.h"
#include "topics.h"

namespace {

class ListJob : public PoolJob {
 public:
  SysError Run() override {
    std::vector<int> pids;
    const SysError failure = NumbersIn(AT_FDCWD, "/proc", pids);
    for (const int pid : pids) packed.Number(pid);
    return failure;
  }
};

class LookJob : public PoolJob {
 public:
  LookJob(std::vector<int> pids, std::vector<LookItem> items)
      : pids_(std::move(pids)), looker_(std::move(items)) {}

  SysError Run() override {
    int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return {"open", errno};
    for (const int pid : pids_) looker_.Look(proc, pid, packed);
    CloseAndForget(proc);
    return {};
  }

 private:
  std::vector<int> pids_;
  Looker looker_;
};

Napi::Value Pids(const Napi::CallbackInfo& info) {
  return PoolJob::Queue(info.Env(), std::make_unique<ListJob>());
}

// The items are one string, with a line feed between them.
std::vector<LookItem> ItemsOf(const std::string& names) {
  std::vector<LookItem> items;
  for (size_t at = 0; at <= names.size();) {
    const size_t end = names.find('\n', at) == std::string::npos ? names.size() : names.find('\n', at);
    items.emplace_back(names.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

Napi::Value Look(const Napi::CallbackInfo& info) {
  const Napi::Int32Array given = info[0].As<Napi::Int32Array>();
  std::vector<int> pids(given.Data(), given.Data() + given.ElementLength());
  return PoolJob::Queue(info.Env(), std::make_unique<LookJob>(
                                        std::move(pids), ItemsOf(info[1].As<Napi::String>())));
}

double Seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// [bytes of a page, clock ticks of a second, ms since the epoch when the machine was started]
Napi::Value Clock(const Napi::CallbackInfo& info) {
  Napi::Array numbers = Napi::Array::New(info.Env(), 3);
  numbers.Set(0u, static_cast<double>(sysconf(_SC_PAGESIZE)));
  numbers.Set(1u, static_cast<double>(sysconf(_SC_CLK_TCK)));
  numbers.Set(2u, (Seconds(CLOCK_REALTIME) - Seconds(CLOCK_BOOTTIME)) * 1000);
  return numbers;
}

}  // namespace

void RegisterLook(Napi::Env env, Napi::Object exports) {
  exports.Set("pids", Napi::Function::New(env, Pids, "pids"));
  exports.Set("clock", Napi::Function::New(env, Clock, "clock"));
  exports.Set("look", Napi::Function::New(env, Look, "look"));
}
