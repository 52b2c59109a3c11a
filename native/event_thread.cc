// The threads of event sources, and what becomes of them when this program forks.
#include <mutex>
#include <set>
#include <utility>

#include "event_source.h"
#include "signals_blocked.h"

namespace {

// Those with a thread. Never destroyed: threads go on while the program exits.
struct Sources {
  std::mutex mutex;
  std::set<EventSource*> all;
};

Sources& TheSources() {
  static auto* sources = new Sources;
  return *sources;
}

}  // namespace

SysError EventSource::StartThread() {
  static const int registered = pthread_atfork(BeforeFork, AfterFork, AfterFork);
  (void)registered;
  const auto run = [](void* self) -> void* {
    static_cast<EventSource*>(self)->Run();
    return nullptr;
  };
  std::unique_lock<std::mutex> lock(mutex_);
  thread_id_ = 0;
  int error;
  {
    // Signals are the business of the main thread.
    const SignalsBlocked blocked;
    error = pthread_create(&thread_, nullptr, run, this);
  }
  if (error != 0) return {"pthread_create", error};
  running_ = true;
  // A fork asks for the ids of our threads: it must not come before this one is known.
  known_.wait(lock, [this] { return thread_id_ != 0; });
  lock.unlock();
  Sources& sources = TheSources();
  const std::lock_guard<std::mutex> guard(sources.mutex);
  sources.all.insert(this);
  return {};
}

void EventSource::Leave() {
  Sources& sources = TheSources();
  const std::lock_guard<std::mutex> guard(sources.mutex);
  sources.all.erase(this);
}

// What is read and written by both threads is whole in the child.
void EventSource::BeforeFork() {
  TheSources().mutex.lock();
  for (EventSource* source : TheSources().all) source->mutex_.lock();
}

void EventSource::AfterFork() {
  for (EventSource* source : TheSources().all) source->mutex_.unlock();
  TheSources().mutex.unlock();
}

bool EventSource::IsThread(pid_t id) {
  Sources& sources = TheSources();
  const std::lock_guard<std::mutex> guard(sources.mutex);
  for (const EventSource* source : sources.all) {
    if (source->thread_id_ == id) return true;
  }
  return false;
}

void EventSource::RenewAll(bool restart) {
  std::set<EventSource*> all;
  {
    const std::lock_guard<std::mutex> guard(TheSources().mutex);
    all = std::exchange(TheSources().all, {});
  }
  for (EventSource* source : all) source->Renew(restart);
}

// The thread is the parent's alone, and so is what arrives at the socket.
void EventSource::Renew(bool restart) {
  CloseAndForget(socket_);
  CloseAndForget(wake_);
  running_ = false;
  acknowledged_ = false;
  if (!restart) return;
  const SysError failure = Start();
  {
    // What happened meanwhile was not heard.
    const std::lock_guard<std::mutex> guard(mutex_);
    batch_.lost = true;
    if (failure) batch_.silence = failure;
  }
  notify_();
}
