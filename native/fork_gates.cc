#include "fork_gates.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include "forked_child.h"
#include "node_internals.h"
#include "requests.h"
#include "threads.h"
#include "worker_pool.h"

namespace {

// Between two looks whether what is awaited has come, JavaScript runs for a moment.
constexpr int kSliceMs = 2;

int64_t NowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void Pause(long nanoseconds) {
  const struct timespec pause = {0, nanoseconds};
  nanosleep(&pause, nullptr);
}

// Some threads do one task and end: Node 24 loads certificates in one, with node:tls. How long it may
// take is the machine's affair, so one that is at work is waited for as long as may be; one that is
// asleep at so many looks, a millisecond apart, waits for something, and so does not end. Looks and no
// time: on a busy machine it may pass between two of them.
constexpr int kLooks = 250;

void AwaitEnd(const std::vector<ForeignThread>& threads, const Deadline& deadline) {
  std::vector<ForeignThread> left = threads;
  for (int asleep = 0; asleep < kLooks; asleep++) {
    std::erase_if(left, HasEnded);
    if (left.empty() || deadline.IsOver()) return;
    if (std::ranges::any_of(left, IsAtWork)) asleep = 0;
    Pause(1'000'000);
  }
}

}  // namespace

uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

const char* CannotFork() {
  const NodeInternals& node = NodeInternals::Get();
  if (node.missing != nullptr) return node.missing;
  if (access("/proc/self/maps", R_OK) < 0) return "/proc/self/maps cannot be read";
  return BackgroundWork::Get().Attach(node.platform_of(CurrentEnvironment()));
}

Napi::Value Refuse(Napi::Env env, const Refusal& refusal) {
  Napi::Array answer = Napi::Array::New(env, 2);
  answer.Set(0U, Napi::String::New(env, refusal.code));
  answer.Set(1U, Napi::String::New(env, refusal.detail));
  return answer;
}

Deadline::Deadline(int64_t milliseconds) : length_(milliseconds) {
  Restart();
}

void Deadline::Restart() {
  end_ = NowMs() + length_;
}

bool Deadline::IsOver() const {
  return NowMs() >= end_;
}

Refusal SettleRequests(uv_loop_t* loop, const Deadline& deadline) {
  for (;;) {
    const unsigned count = RequestsInFlight(loop);
    if (count == 0) return {};
    if (deadline.IsOver()) return {"requests", std::to_string(count)};
    Pause(200'000);
  }
}

Rest::Rest() {
  BackgroundWork::Get().BeginRest();
}

Rest::~Rest() {
  if (!in_child_) BackgroundWork::Get().EndRest();
}

Refusal Rest::Await(const Napi::Function& tick, const Deadline& deadline) {
  while (!BackgroundWork::Get().WaitForRest(kSliceMs)) {
    if (deadline.IsOver()) return {"background", ""};
    tick.Call({});
  }
  return {};
}

Refusal CheckThreads(uv_loop_t* loop, const Deadline& deadline, SysError& failure) {
  const BackgroundWork& work = BackgroundWork::Get();
  std::vector<ForeignThread> foreign;
  failure = FindForeignThreads(loop, work.Threads(), work.IsOurs(), foreign);
  if (foreign.empty()) return {};
  AwaitEnd(foreign, deadline);
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
