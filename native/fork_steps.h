// The moment of a fork, when everything is at rest: what is held still around it, and what is left of it in
// the parent.
#pragma once

#include <napi.h>
#include <uv.h>

#include "fork_gates.h"
#include "forked_child.h"

// Everything that other threads may be in the middle of changing, held still.
class Held {
 public:
  explicit Held(Napi::Env env);
  ~Held();
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // In the child: nobody else is there any more, so what others had locked is made anew, and with it all
  // that a fork does not take along. `epoll` is an empty epoll descriptor, which is taken over.
  // `whole`: with the wake-ups that were under way, and everything of the parent goes on. `hold`: as in BecomeWhole.
  void BecameChild(int epoll, bool whole, bool hold = false);

 private:
  const Napi::Env env_;
  uv_loop_t* const loop_;
  const LoopAtFork before_;
  bool is_child_ = false;
};

struct Forked {
  pid_t pid = -1;  // 0 in the child
  int pidfd = -1;
  SysError failure;
};

// What a child is to do before it has threads again, with all signals blocked.
class ChildsFirst {
 public:
  virtual void Run() = 0;

 protected:
  ~ChildsFirst() = default;
};

// Forks; in the child everything of the addon and the loop is whole when it returns. `first`: for a child
// in which nothing of the parent is to go on.
Forked ForkNow(Napi::Env env, Rest& rest, ChildsFirst* first = nullptr);

// In a child: the clean forks that were asked for and have not been made are the parent's to make.
void ForgetWantedForks();

// In the parent: the child is one of those that are looked after. Gives its id.
uint32_t LookAfter(Napi::Env env, const Forked& forked, bool cleanup);
