#include "platform_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "node_internals.h"

namespace pool {

namespace {

// NodePlatform has about half as many. What lies behind its table is other read-only data, never used.
constexpr size_t kSlots = 64;
// Two words stand before the first function: the offset to the top, and the type.
constexpr size_t kBeforeSlots = 2;

// Where Node asks for a source location it does not read it; there is room for one that it would.
const char no_location[64] = {};

void* slots[kBeforeSlots + kSlots];

void* platform_of_node = nullptr;

// The replaced functions. Any thread may be in them, also one that read the table a moment before it
// was put back.
void TakeTask(TaskPointer task, v8::TaskPriority priority) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (!works && !state->holding) {
    EndDoze();
    lock.unlock();
    PostToNode(std::move(task), priority);
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

void TakeDelayed(Delayed delayed) {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (works) {
    state->delayed.emplace(DueIn(delayed.seconds),
                           Posted{std::move(delayed.task), delayed.priority});
    if (!state->holding) StartThreads();
    state->work.notify_all();
  } else if (state->holding) {
    state->held_delayed.push_back(std::move(delayed));
  } else {
    EndDoze();
    lock.unlock();
    PostDelayedToNode(std::move(delayed));
  }
}

void OnPost(void*, TaskPointer task) {
  TakeTask(std::move(task), v8::TaskPriority::kUserVisible);
}

void OnPostImpl(void*, v8::TaskPriority priority, TaskPointer task, const void*) {
  TakeTask(std::move(task), priority);
}

void OnPostDelayed(void*, TaskPointer task, double seconds) {
  TakeDelayed({std::move(task), v8::TaskPriority::kUserVisible, seconds});
}

void OnPostDelayedImpl(void*, v8::TaskPriority priority, TaskPointer task, double seconds,
                       const void*) {
  TakeDelayed({std::move(task), priority, seconds});
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

void SetTable(void** table) {
  __atomic_store_n(static_cast<void***>(platform_of_node), table, __ATOMIC_RELEASE);
}

}  // namespace

const char* AttachTo(void* platform) {
  if (platform_of_node != nullptr) return nullptr;
  const NodeInternals& node = NodeInternals::Get();
  void** const table = node.platform_table + kBeforeSlots;
  if (*static_cast<void***>(platform) != table) return "the platform of V8 is not Node's own";
  memcpy(slots, node.platform_table, sizeof slots);
  const bool replaced = Replace(node.post, OnPost) && Replace(node.post_impl, OnPostImpl) &&
                        Replace(node.post_delayed, OnPostDelayed) &&
                        Replace(node.post_delayed_impl, OnPostDelayedImpl) &&
                        Replace(node.drain, OnDrain);
  if (!replaced) return "the platform of Node is not as it is known to be";
  platform_of_node = platform;
  return nullptr;
}

void UseOurTable() {
  SetTable(slots + kBeforeSlots);
}

void UseNodesTable() {
  SetTable(NodeInternals::Get().platform_table + kBeforeSlots);
}

int CountNodesThreads() {
  return NodeInternals::Get().worker_threads(platform_of_node);
}

void PostToNode(TaskPointer task, v8::TaskPriority priority) {
  const NodeInternals& node = NodeInternals::Get();
  if (node.post_impl != nullptr) {
    node.post_impl(platform_of_node, priority, std::move(task), no_location);
  } else {
    node.post(platform_of_node, std::move(task));
  }
}

void PostDelayedToNode(Delayed delayed) {
  const NodeInternals& node = NodeInternals::Get();
  if (node.post_delayed_impl != nullptr) {
    node.post_delayed_impl(platform_of_node, delayed.priority, std::move(delayed.task), delayed.seconds,
                           no_location);
  } else {
    node.post_delayed(platform_of_node, std::move(delayed.task), delayed.seconds);
  }
}

void DrainAll() {
  OnDrain(platform_of_node, NodeInternals::Get().current_isolate());
}

}  // namespace pool
