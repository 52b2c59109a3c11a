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
  void BecameChild(int epoll);

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

// Forks; in the child everything of the addon and the loop is whole when it returns.
Forked ForkNow(Napi::Env env, Rest& rest);

// In the parent: the child is one of those that are looked after. Gives its id.
uint32_t LookAfter(Napi::Env env, const Forked& forked, bool cleanup);
