#include "worker_pool.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "node_internals.h"
#include "task_pool.h"

namespace {

using namespace pool;

// NodePlatform has about half as many. What lies behind its table is other read-only data, never used.
constexpr size_t kSlots = 64;
// Two words stand before the first function: the offset to the top, and the type.
constexpr size_t kBeforeSlots = 2;

// Where Node asks for a source location it does not read it; there is room for one that it would.
const char no_location[64] = {};

void* slots[kBeforeSlots + kSlots];

// The state of the next child.
State* spare = nullptr;

// One of these is posted for each of Node's threads, and holds it until the rest ends.
class Pause : public v8::Task {
 public:
  Pause(State& shared, uint64_t rest) : shared_(shared), rest_(rest) {}

  void Run() override {
    std::unique_lock<std::mutex> lock(shared_.mutex);
    if (!Lasts()) return;
    shared_.resting.push_back(ThisThread());
    shared_.quiet.notify_all();
    while (Lasts()) shared_.work.wait(lock);
  }

 private:
  bool Lasts() const { return shared_.holding && shared_.rest == rest_; }

  State& shared_;
  const uint64_t rest_;
};

void PostToNode(void* platform, TaskPointer task, v8::TaskPriority priority) {
  const NodeInternals& node = NodeInternals::Get();
  if (node.post_impl != nullptr) {
    node.post_impl(platform, priority, std::move(task), no_location);
  } else {
    node.post(platform, std::move(task));
  }
}

void PostDelayedToNode(void* platform, Delayed delayed) {
  const NodeInternals& node = NodeInternals::Get();
  if (node.post_delayed_impl != nullptr) {
    node.post_delayed_impl(platform, delayed.priority, std::move(delayed.task), delayed.seconds,
                           no_location);
  } else {
    node.post_delayed(platform, std::move(delayed.task), delayed.seconds);
  }
}

// The replaced functions. Any thread may be in them, also one that read the table a moment before it
// was put back.
void TakeTask(void* platform, TaskPointer task, v8::TaskPriority priority) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (!works && !state->holding) {
    lock.unlock();
    PostToNode(platform, std::move(task), priority);
    return;
  }
  PutInto(state->tasks, {std::move(task), priority});
  // While it is held no thread is started either: a child is not whole yet.
  if (!works || state->holding) return;
  if (StartThreads()) {
    state->work.notify_one();
  } else {
    lock.unlock();
    DoOneHere();
  }
}

void TakeDelayed(void* platform, Delayed delayed) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (works) {
    state->delayed.emplace(DueIn(delayed.seconds),
                           Posted{std::move(delayed.task), delayed.priority});
    if (!state->holding) StartThreads();
    state->work.notify_all();
  } else if (state->holding) {
    state->held_delayed.push_back(std::move(delayed));
  } else {
    lock.unlock();
    PostDelayedToNode(platform, std::move(delayed));
  }
}

void OnPost(void* platform, TaskPointer task) {
  TakeTask(platform, std::move(task), v8::TaskPriority::kUserVisible);
}

void OnPostImpl(void* platform, v8::TaskPriority priority, TaskPointer task, const void*) {
  TakeTask(platform, std::move(task), priority);
}

void OnPostDelayed(void* platform, TaskPointer task, double seconds) {
  TakeDelayed(platform, {std::move(task), v8::TaskPriority::kUserVisible, seconds});
}

void OnPostDelayedImpl(void* platform, v8::TaskPriority priority, TaskPointer task, double seconds,
                       const void*) {
  TakeDelayed(platform, {std::move(task), priority, seconds});
}

// The end of the loop waits here until the background work is done. A task may in turn wait for one
// that only the calling thread can run, so those are run in between.
void OnDrain(void* platform, void* isolate) {
  const NodeInternals& node = NodeInternals::Get();
  if (!works) {
    node.drain(platform, isolate);
    return;
  }
  do {
    while (!WaitUntilDone(std::chrono::milliseconds(1))) {
      DoOneHere();
      node.flush(platform, isolate);
    }
  } while (node.flush(platform, isolate));
}

template <typename Function>
bool Replace(Function original, Function ours) {
  if (original == nullptr) return true;
  void** const end = slots + kBeforeSlots + kSlots;
  void** const found = std::find(slots + kBeforeSlots, end, reinterpret_cast<void*>(original));
  if (found == end) return false;
  *found = reinterpret_cast<void*>(ours);
  return true;
}

void SetTable(void* platform, void** table) {
  __atomic_store_n(static_cast<void***>(platform), table, __ATOMIC_RELEASE);
}

}  // namespace

BackgroundWork& BackgroundWork::Get() {
  static BackgroundWork work;
  return work;
}

const char* BackgroundWork::Attach(void* platform) {
  if (platform_ != nullptr) return nullptr;
  const NodeInternals& node = NodeInternals::Get();
  void** const table = node.platform_table + kBeforeSlots;
  if (*static_cast<void***>(platform) != table) return "the platform of V8 is not Node's own";
  memcpy(slots, node.platform_table, sizeof slots);
  const bool replaced = Replace(node.post, OnPost) && Replace(node.post_impl, OnPostImpl) &&
                        Replace(node.post_delayed, OnPostDelayed) &&
                        Replace(node.post_delayed_impl, OnPostDelayedImpl) &&
                        Replace(node.drain, OnDrain);
  if (!replaced) return "the platform of Node is not as it is known to be";
  platform_ = platform;
  return nullptr;
}

void BackgroundWork::BeginRest() {
  if (ours_) {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->holding = true;
    return;
  }
  // One of the threads that are counted only keeps the time of delayed tasks.
  const int count = NodeInternals::Get().worker_threads(platform_) - 1;
  uint64_t rest;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->holding = true;
    state->resting.clear();
    state->expected = count > 0 ? static_cast<size_t>(count) : 0;
    rest = ++state->rest;
  }
  wanted = std::max<size_t>(1, state->expected);
  SetTable(platform_, slots + kBeforeSlots);
  // The least urgent kind: what was posted before is done before.
  for (size_t i = 0; i < state->expected; i++) {
    PostToNode(platform_, std::make_unique<Pause>(*state, rest), v8::TaskPriority::kBestEffort);
  }
}

bool BackgroundWork::WaitForRest(int milliseconds) {
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->quiet.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] {
    if (ours_) return state->busy == 0 && state->threads.size() == started;
    return state->resting.size() == state->expected;
  });
}

void BackgroundWork::EndRest() {
  std::deque<Posted> tasks;
  std::vector<Delayed> delayed;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->holding = false;
    if (!ours_) {
      tasks.swap(state->tasks);
      delayed.swap(state->held_delayed);
    } else if (!state->tasks.empty() || !state->delayed.empty()) {
      StartThreads();
    }
    state->work.notify_all();
  }
  if (ours_) return;
  SetTable(platform_, NodeInternals::Get().platform_table + kBeforeSlots);
  for (Posted& each : tasks) PostToNode(platform_, std::move(each.task), each.priority);
  for (Delayed& each : delayed) PostDelayedToNode(platform_, std::move(each));
}

void BackgroundWork::Lock() {
  // For the child, which pays for every page that it writes to first.
  if (spare == nullptr) spare = new State;
  state->mutex.lock();
}

void BackgroundWork::Unlock() { state->mutex.unlock(); }

void BackgroundWork::StartAnew() {
  State* const fresh = std::exchange(spare, nullptr);
  fresh->holding = true;
  fresh->tasks.swap(state->tasks);
  fresh->delayed.swap(state->delayed);
  for (Delayed& each : state->held_delayed) {
    fresh->delayed.emplace(DueIn(each.seconds), Posted{std::move(each.task), each.priority});
  }
  // The old one stays as it is: the memory of threads that are no more points into it.
  state = fresh;
  started = 0;
  works = true;
  ours_ = true;
}

void BackgroundWork::Drain() { OnDrain(platform_, NodeInternals::Get().current_isolate()); }

std::vector<pid_t> BackgroundWork::Threads() const {
  std::lock_guard<std::mutex> lock(state->mutex);
  return ours_ ? state->threads : state->resting;
}
