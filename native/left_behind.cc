#include "left_behind.h"

#include <poll.h>
#include <sys/prctl.h>

#include <mutex>
#include <thread>
#include <vector>

#include "processes.h"
#include "signals_blocked.h"

namespace {

// How soon a child that is handed over while the thread sleeps is looked at, and how often one is
// that has no pidfd.
constexpr int kLookMs = 100;

struct Child {
  pid_t pid;
  int pidfd;
};

// Never destroyed: the thread may still be at it while the program exits.
struct Children {
  std::mutex mutex;
  std::vector<Child> list;
  // Whether there is a thread, and which; it tells that itself.
  bool running = false;
  pid_t thread = 0;
};

Children& TheChildren() {
  static auto* children = new Children;
  return *children;
}

// Whether the child is done with: reaped by us now, or by somebody else before.
bool IsOver(Child& child) {
  End end;
  if (!Reap(child.pid, end) && errno != ECHILD) return false;
  CloseAndForget(child.pidfd);
  return true;
}

// Reaps what has ended; false when none is left, and then the thread is to end.
bool Look(std::vector<struct pollfd>& entries) {
  Children& children = TheChildren();
  std::lock_guard<std::mutex> lock(children.mutex);
  std::erase_if(children.list, IsOver);
  entries.clear();
  for (const Child& child : children.list) entries.push_back({child.pidfd, POLLIN, 0});
  children.running = !children.list.empty();
  children.thread = children.running ? gettid() : 0;
  return children.running;
}

void ReapAll() {
  prctl(PR_SET_NAME, "brood-reaper");
  std::vector<struct pollfd> entries;
  while (Look(entries)) poll(entries.data(), entries.size(), kLookMs);
}

// Signals of the program are for the threads that handle them.
void StartThread() {
  const SignalsBlocked blocked;
  std::thread(ReapAll).detach();
}

}  // namespace

void ReapLater(pid_t pid, int pidfd) {
  Children& children = TheChildren();
  std::lock_guard<std::mutex> lock(children.mutex);
  children.list.push_back({pid, pidfd});
  if (children.running) return;
  children.running = true;
  StartThread();
}

pid_t ReaperOfLeftBehind() {
  Children& children = TheChildren();
  std::lock_guard<std::mutex> lock(children.mutex);
  return children.thread;
}

void LockLeftBehind() {
  TheChildren().mutex.lock();
}

void UnlockLeftBehind() {
  TheChildren().mutex.unlock();
}

void ForgetLeftBehind() {
  Children& children = TheChildren();
  for (Child& child : children.list) CloseAndForget(child.pidfd);
  children.list.clear();
  children.running = false;
  children.thread = 0;
  children.mutex.unlock();
}
