// What has to come to rest before a fork, and why one is refused: all of it before anything has changed.
#pragma once

#include <napi.h>
#include <uv.h>

#include <string>

#include "sys.h"

uv_loop_t* LoopOf(Napi::Env env);

// Why no fork can be had in this program, whatever it does; nullptr if one can.
const char* CannotFork();

// What is refused, and as what: the codes that src/platform/linux/fork-refusal.ts knows.
struct Refusal {
  const char* code = nullptr;
  std::string detail;
  explicit operator bool() const { return code != nullptr; }
};
// [code, detail]
Napi::Value Refuse(Napi::Env env, const Refusal& refusal);

class Deadline {
 public:
  explicit Deadline(int64_t milliseconds);
  bool IsOver() const;
  // Counts from now.
  void Restart();

 private:
  const int64_t length_;
  int64_t end_;
};

// What libuv's threads have begun is waited for: both sides will then hear of it. What only the loop
// can bring to an end (a write that the other side does not read) never ends here.
Refusal SettleRequests(uv_loop_t* loop, const Deadline& deadline);

// V8's threads at rest, while this lives.
class Rest {
 public:
  Rest();
  ~Rest();
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;

  // `tick` is a function of JavaScript: a thread may wait for the main one to collect garbage.
  Refusal Await(const Napi::Function& tick, const Deadline& deadline);
  void BecameChild() { in_child_ = true; }

 private:
  bool in_child_ = false;
};

// Refuses while there are threads that are neither Node's nor libuv's nor ours, and waits for those that
// may be about to end; for when V8's are at rest.
Refusal CheckThreads(uv_loop_t* loop, const Deadline& deadline, SysError& failure);
