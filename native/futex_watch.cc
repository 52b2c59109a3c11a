#include "futex_watch.h"

#include <pthread.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <mutex>
#include <set>
#include <vector>

#include "signals_blocked.h"

namespace {

// One of them is the word by which a thread is called.
constexpr size_t kMost = kMostWatched - 1;
constexpr int64_t kSlice = 50'000'000;
constexpr int64_t kLongSlice = 250'000'000;
constexpr size_t kStack = 256 * 1024;

// One thread and its waits. Neither ever ends: one that has nothing to wait for sleeps.
struct Watcher {
  std::vector<Watch> watches;
  Word call = 0;
  // 0 until it has begun.
  Word id = 0;
};

struct Watchers {
  std::mutex mutex;
  std::vector<Watcher*> all;
  std::set<WatchListener*> listeners;
  // Of the parent, in a forked child.
  std::vector<Watch> orphans;
};

// Never destroyed: the threads go on while the program exits.
Watchers& TheWatchers() {
  static auto* watchers = new Watchers;
  return *watchers;
}

// Without futex_waitv a thread can wait for one word only.
size_t Capacity() {
  return HasFutexWaitv() ? kMost : 1;
}

void Call(Watcher& watcher) {
  watcher.call++;
  FutexWake(watcher.call, 1);
  if (!HasFutexWaitv() && !watcher.watches.empty()) {
    FutexWake(*watcher.watches.front().word, INT_MAX);
  }
}

// Tells what has changed. With the lock held.
void TellChanged(Watcher& watcher) {
  std::erase_if(watcher.watches, [](const Watch& watch) {
    if (*watch.word == watch.expected) return false;
    watch.listener->Changed(watch.token);
    return true;
  });
}

void Tend(const std::vector<Watch>& watches) {
  Request look;
  look.tend = true;
  const Record* last = nullptr;
  for (const Watch& watch : watches) {
    if (watch.record != nullptr && watch.record != last) Ask(*watch.record, look);
    last = watch.record;
  }
}

void Sleep(Watcher& watcher, const std::vector<Watch>& watches, uint32_t call, int64_t slice) {
  if (!HasFutexWaitv()) {
    Word& word = watches.empty() ? watcher.call : *watches.front().word;
    FutexWait(word, watches.empty() ? call : watches.front().expected, slice);
    return;
  }
  std::vector<Watched> words = {{&watcher.call, call}};
  for (const Watch& watch : watches) words.push_back({watch.word, watch.expected});
  FutexWaitv(words, slice);
}

void Run(Watcher& watcher) {
  Watchers& watchers = TheWatchers();
  int64_t slice = kSlice;
  int64_t tended = Now();
  std::unique_lock<std::mutex> lock(watchers.mutex);
  for (;;) {
    TellChanged(watcher);
    // Copies, which also keep the pages. They are dropped with the lock held, because that may unmap
    // them, and a fork must not come in the middle of it.
    std::vector<Watch> watches = watcher.watches;
    const uint32_t call = watcher.call;
    lock.unlock();
    Sleep(watcher, watches, call, watches.empty() ? kForever : slice);
    if (Now() - tended >= slice) {
      Tend(watches);
      tended = Now();
      // Without futex_waitv a call may be missed, and the next slice makes up for it.
      if (HasFutexWaitv()) slice = std::min(slice * 2, kLongSlice);
    }
    lock.lock();
    if (watcher.call != call) slice = kSlice;
    watches.clear();
  }
}

void* Begin(void* watcher) {
  pthread_setname_np(pthread_self(), "brood-watch");
  auto& own = *static_cast<Watcher*>(watcher);
  own.id = static_cast<uint32_t>(syscall(SYS_gettid));
  FutexWake(own.id, 1);
  Run(own);
  return nullptr;
}

void BeforeFork() {
  TheWatchers().mutex.lock();
}

void AfterFork() {
  TheWatchers().mutex.unlock();
}

// The threads are not there. What they had is left as it is: they may have been at it.
void InChild() {
  Watchers& watchers = TheWatchers();
  for (Watcher* watcher : watchers.all) {
    for (const Watch& watch : watcher->watches) watchers.orphans.push_back(watch);
  }
  watchers.all.clear();
  watchers.mutex.unlock();
}

// With the lock held.
SysError Start(Watchers& watchers, Watcher*& watcher) {
  static const int registered = pthread_atfork(BeforeFork, AfterFork, InChild);
  (void)registered;
  watcher = new Watcher;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_t thread;
  int error;
  {
    // Signals are the business of the main thread.
    const SignalsBlocked blocked;
    error = pthread_create(&thread, &attributes, Begin, watcher);
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    delete watcher;
    return {"pthread_create", error};
  }
  // So that a fork, which asks for the ids of our threads, cannot come before they are known.
  while (watcher->id == 0) FutexWait(watcher->id, 0, kSlice);
  watchers.all.push_back(watcher);
  return {};
}

void Remove(Watcher& watcher, const WatchListener* listener, const uint32_t* token) {
  const size_t count = std::erase_if(watcher.watches, [&](const Watch& watch) {
    if (watch.listener != listener || (token != nullptr && watch.token != *token)) return false;
    // Without futex_waitv the thread sleeps on the word itself.
    if (!HasFutexWaitv()) FutexWake(*watch.word, INT_MAX);
    return true;
  });
  if (count > 0) Call(watcher);
}

}  // namespace

SysError AddWatch(const Watch& watch) {
  Watchers& watchers = TheWatchers();
  std::lock_guard<std::mutex> lock(watchers.mutex);
  Watcher* free = nullptr;
  for (Watcher* each : watchers.all) {
    if (each->watches.size() < Capacity()) free = each;
  }
  if (free == nullptr) {
    if (const SysError failure = Start(watchers, free)) return failure;
  }
  free->watches.push_back(watch);
  watchers.listeners.insert(watch.listener);
  Call(*free);
  return {};
}

void RemoveWatch(const WatchListener* listener, uint32_t token) {
  Watchers& watchers = TheWatchers();
  std::lock_guard<std::mutex> lock(watchers.mutex);
  for (Watcher* each : watchers.all) Remove(*each, listener, &token);
}

void RemoveWatches(const WatchListener* listener) {
  Watchers& watchers = TheWatchers();
  std::lock_guard<std::mutex> lock(watchers.mutex);
  for (Watcher* each : watchers.all) Remove(*each, listener, nullptr);
  std::erase_if(watchers.orphans, [&](const Watch& watch) { return watch.listener == listener; });
  std::erase_if(watchers.listeners, [&](const WatchListener* each) { return each == listener; });
}

bool IsWatchThread(pid_t id) {
  Watchers& watchers = TheWatchers();
  std::lock_guard<std::mutex> lock(watchers.mutex);
  return std::any_of(watchers.all.begin(), watchers.all.end(),
                     [&](const Watcher* each) { return each->id == static_cast<uint32_t>(id); });
}

void RestartWatches() {
  Watchers& watchers = TheWatchers();
  std::lock_guard<std::mutex> lock(watchers.mutex);
  for (const Watch& watch : watchers.orphans) watch.listener->Changed(watch.token);
  watchers.orphans.clear();
  for (WatchListener* listener : watchers.listeners) listener->TellAgain();
}
