#include "worker_pool.h"

#include <algorithm>
#include <utility>

#include "platform_table.h"
#include "task_pool.h"

namespace {

using namespace pool;

// The state of the next child.
State* spare = nullptr;

// How long they doze at most, however many forks follow: a delayed task that is due waits for the end.
constexpr auto kLongestDoze = std::chrono::milliseconds(500);
Clock::time_point rest_began;

// Whether they are as the last rest left them. The lock is held.
bool RestsStill() {
  if (!state->dozing || Clock::now() - rest_began > kLongestDoze) return false;
  state->dozing = false;
  state->holding = true;
  return true;
}

}  // namespace

void pool::EndDoze() {
  if (!state->dozing) return;
  state->dozing = false;
  UseNodesTable();
  state->work.notify_all();
}

BackgroundWork& BackgroundWork::Get() {
  static BackgroundWork work;
  return work;
}

const char* BackgroundWork::Attach(void* platform) {
  return AttachTo(platform);
}

void BackgroundWork::BeginRest() {
  if (ours_) {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->holding = true;
    return;
  }
  // One of the threads that are counted only keeps the time of delayed tasks.
  const int count = CountNodesThreads() - 1;
  uint64_t rest;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    if (RestsStill()) return;
    EndDoze();
    state->holding = true;
    state->resting.clear();
    state->expected = count > 0 ? static_cast<size_t>(count) : 0;
    rest = ++state->rest;
    rest_began = Clock::now();
    UseOurTable();
  }
  wanted = std::max<size_t>(1, state->expected);
  // The least urgent kind: what was posted before is done before.
  for (size_t i = 0; i < state->expected; i++) {
    PostToNode(std::make_unique<Pause>(*state, rest), v8::TaskPriority::kBestEffort);
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
    if (ours_) {
      if (!state->tasks.empty() || !state->delayed.empty()) StartThreads();
      state->work.notify_all();
      return;
    }
    tasks.swap(state->tasks);
    delayed.swap(state->held_delayed);
    state->dozing = true;
    state->doze_end = Clock::now() + kDoze;
    if (!tasks.empty() || !delayed.empty() || state->resting.size() < state->expected) EndDoze();
  }
  for (Posted& each : tasks) PostToNode(std::move(each.task), each.priority);
  for (Delayed& each : delayed) PostDelayedToNode(std::move(each));
}

void BackgroundWork::Wake() {
  std::lock_guard<std::mutex> lock(state->mutex);
  EndDoze();
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

void BackgroundWork::Drain() { DrainAll(); }

std::vector<pid_t> BackgroundWork::Threads() const {
  std::lock_guard<std::mutex> lock(state->mutex);
  return ours_ ? state->threads : state->resting;
}
