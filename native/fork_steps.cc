#include "fork_steps.h"

#include <sys/epoll.h>

#include <cstdio>

#include "cleanup.h"
#include "event_source.h"
#include "instance.h"
#include "left_behind.h"
#include "memory_map.h"
#include "signals_blocked.h"
#include "stat_watch.h"
#include "worker_pool.h"

namespace {

LoopAtFork LockAndLook(uv_loop_t* loop) {
  uv_mutex_lock(&loop->wq_mutex);
  LockLeftBehind();
  BackgroundWork::Get().Lock();
  return LookAtLoop(loop);
}

}  // namespace

Held::Held(Napi::Env env) : env_(env), loop_(LoopOf(env)), before_(LockAndLook(loop_)) {}

Held::~Held() {
  if (is_child_) return;
  BackgroundWork::Get().Unlock();
  UnlockLeftBehind();
  uv_mutex_unlock(&loop_->wq_mutex);
}

void Held::BecameChild(int epoll, bool whole, bool hold) {
  is_child_ = true;
  uv_mutex_init(&loop_->wq_mutex);
  BecomeWhole(env_, whole ? before_ : LoopAtFork(), epoll, hold);
  EventSource::RenewAll(whole);
  if (!whole) StatWatch::CloseAll();
  ForgetWantedForks();
}

// Signals are blocked until both sides are whole: one that came in between would be told to the
// parent's loop by the child.
Forked ForkNow(Napi::Env env, Rest& rest, ChildsFirst* first) {
  Forked forked;
  // What the child needs is had before, so that it does not fail when it is too late to refuse.
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    forked.failure = {"epoll_create1", errno};
    return forked;
  }
  fflush(nullptr);
  const SignalsBlocked blocked;
  if ((forked.failure = MakeMemoryInheritable())) {
    close(epoll);
    return forked;
  }
  {
    Held held(env);
    forked.pid = fork();
    if (forked.pid == 0) {
      rest.BecameChild();
      if (first != nullptr) first->Run();
      held.BecameChild(epoll, first == nullptr);
      return forked;
    }
    if (forked.pid < 0) forked.failure = {"fork", errno};
  }
  // Its place in the table of descriptors is the pidfd's.
  close(epoll);
  if (forked.pid > 0 && Instance::Of(env).UsesPidfd()) forked.pidfd = PidfdOpen(forked.pid);
  return forked;
}

uint32_t LookAfter(Napi::Env env, const Forked& forked, bool cleanup) {
  Instance& instance = Instance::Of(env);
  const uint32_t id = instance.processes.Reserve();
  instance.processes.Born(id, forked.pid, forked.pidfd, cleanup);
  if (cleanup) AddToCleanup(forked.pid, forked.pidfd);
  if (forked.pidfd >= 0) instance.Watch(id, forked.pidfd);
  return id;
}
