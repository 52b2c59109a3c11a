#include "worker_pool.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "node_internals.h"

namespace {

using Clock = std::chrono::steady_clock;
using TaskPointer = std::unique_ptr<v8::Task>;

// As the main thread's by default: V8 compiles deeply nested code on these threads.
constexpr size_t kStackSize = 8 << 20;
// An upper bound; NodePlatform has about half as many virtual functions in Node 20 to 26. What lies
// behind its table is more of Node's read-only data, copied and never used.
constexpr size_t kSlots = 64;
// Two words stand before the first function: the offset to the top, and the type.
constexpr size_t kBeforeSlots = 2;

pid_t ThisThread() {
  return static_cast<pid_t>(syscall(SYS_gettid));
}

// Where Node asks for a source location it does not read it; there is room for one that it would.
const char no_location[64] = {};

struct Posted {
  TaskPointer task;
  v8::TaskPriority priority;
};

struct Delayed {
  TaskPointer task;
  v8::TaskPriority priority;
  double seconds;
};

// Everything that the threads share. In a child it is made anew, with the tasks of the old one: what
// threads that are no more had locked or waited for is not touched again.
struct State {
  std::mutex mutex;
  std::condition_variable work;   // there is something to do, or an end of the rest
  std::condition_variable quiet;  // a thread came to rest, or a task was done
  bool holding = false;

  // Posted while Node's threads were at rest, in a parent; or waiting for the pool, in a child.
  std::deque<Posted> tasks;
  std::multimap<Clock::time_point, Posted> delayed;
  std::vector<Delayed> held_delayed;

  // A child's pool.
  std::vector<pid_t> threads;
  size_t busy = 0;

  // Node's threads, in a parent: one count a rest, so that one of an earlier rest counts no more.
  uint64_t rest = 0;
  std::vector<pid_t> resting;
  size_t expected = 0;
};

State* state = new State;
bool pool_mode = false;
void* slots[kBeforeSlots + kSlots];

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

void MoveWhatIsDue() {
  const auto now = Clock::now();
  while (!state->delayed.empty() && state->delayed.begin()->first <= now) {
    state->tasks.push_back(std::move(state->delayed.begin()->second));
    state->delayed.erase(state->delayed.begin());
  }
}

// A thread of the pool. It ends with the process.
void* RunPool(void* name) {
  prctl(PR_SET_NAME, name);
  State& shared = *state;
  std::unique_lock<std::mutex> lock(shared.mutex);
  shared.threads.push_back(ThisThread());
  shared.quiet.notify_all();
  for (;;) {
    MoveWhatIsDue();
    if (shared.holding || (shared.tasks.empty() && shared.delayed.empty())) {
      shared.work.wait(lock);
    } else if (shared.tasks.empty()) {
      shared.work.wait_until(lock, shared.delayed.begin()->first);
    } else {
      TaskPointer task = std::move(shared.tasks.front().task);
      shared.tasks.pop_front();
      shared.busy++;
      lock.unlock();
      task->Run();
      task.reset();
      lock.lock();
      shared.busy--;
      shared.quiet.notify_all();
    }
  }
}

size_t starting = 0;
size_t wanted_threads = 4;

// The lock is held. A child that has no background work has no threads for it. False: there is not
// one thread, because the limits allow none.
bool StartThreads() {
  static char name[] = "brood-v8";
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  while (starting < wanted_threads) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, RunPool, name) != 0) break;
    starting++;
  }
  pthread_attr_destroy(&attributes);
  return starting > 0;
}

// For when there is no thread to do it.
void DoOneHere() {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (starting > 0 || state->tasks.empty()) return;
  TaskPointer task = std::move(state->tasks.front().task);
  state->tasks.pop_front();
  lock.unlock();
  task->Run();
}

void PutInto(std::deque<Posted>& tasks, Posted posted) {
  // What the main thread is waiting for comes first.
  if (posted.priority == v8::TaskPriority::kUserBlocking) {
    tasks.push_front(std::move(posted));
  } else {
    tasks.push_back(std::move(posted));
  }
}

// The replaced functions. Any thread may be in them, also one that read the table a moment before it
// was put back.
void TakeTask(void* platform, TaskPointer task, v8::TaskPriority priority) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (!pool_mode && !state->holding) {
    lock.unlock();
    PostToNode(platform, std::move(task), priority);
    return;
  }
  PutInto(state->tasks, {std::move(task), priority});
  if (!pool_mode) return;
  if (StartThreads()) {
    state->work.notify_one();
  } else if (!state->holding) {
    lock.unlock();
    DoOneHere();
  }
}

void TakeDelayed(void* platform, Delayed delayed) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (pool_mode) {
    const auto due = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(delayed.seconds));
    state->delayed.emplace(due, Posted{std::move(delayed.task), delayed.priority});
    StartThreads();
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

bool WaitUntilDone(std::chrono::milliseconds bound) {
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->quiet.wait_for(lock, bound,
                               [] { return state->busy == 0 && state->tasks.empty(); });
}

// The end of the loop waits here until the background work is done. A task may in turn wait for one
// that only the calling thread can run, so those are run in between.
void OnDrain(void* platform, void* isolate) {
  const NodeInternals& node = NodeInternals::Get();
  if (!pool_mode) {
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
  void** const found =
      std::find(slots + kBeforeSlots, end, reinterpret_cast<void*>(original));
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
  wanted_threads = std::max<size_t>(1, state->expected);
  SetTable(platform_, slots + kBeforeSlots);
  // The least urgent kind: what was posted before is done before.
  for (size_t i = 0; i < state->expected; i++) {
    PostToNode(platform_, std::make_unique<Pause>(*state, rest), v8::TaskPriority::kBestEffort);
  }
}

bool BackgroundWork::WaitForRest(int milliseconds) {
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->quiet.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] {
    if (ours_) return state->busy == 0 && state->threads.size() == starting;
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
    }
    state->work.notify_all();
  }
  if (ours_) return;
  SetTable(platform_, NodeInternals::Get().platform_table + kBeforeSlots);
  for (Posted& each : tasks) PostToNode(platform_, std::move(each.task), each.priority);
  for (Delayed& each : delayed) PostDelayedToNode(platform_, std::move(each));
}

void BackgroundWork::Lock() {
  state->mutex.lock();
}

void BackgroundWork::Unlock() {
  state->mutex.unlock();
}

void BackgroundWork::StartAnew() {
  State* fresh = new State;
  fresh->tasks.swap(state->tasks);
  fresh->delayed.swap(state->delayed);
  const auto now = Clock::now();
  for (Delayed& each : state->held_delayed) {
    const auto due = now + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(each.seconds));
    fresh->delayed.emplace(due, Posted{std::move(each.task), each.priority});
  }
  state->held_delayed.clear();
  // The old one stays as it is: the memory of threads that are no more points into it.
  state = fresh;
  starting = 0;
  pool_mode = true;
  ours_ = true;
  std::lock_guard<std::mutex> lock(state->mutex);
  if (!state->tasks.empty() || !state->delayed.empty()) StartThreads();
}

std::vector<pid_t> BackgroundWork::Threads() const {
  std::lock_guard<std::mutex> lock(state->mutex);
  return ours_ ? state->threads : state->resting;
}
