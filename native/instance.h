// What the addon keeps for one JavaScript thread: the main one, or a worker's.
#pragma once

#include <napi.h>
#include <uv.h>

#include <atomic>

#include "processes.h"

class Instance {
 public:
  static Instance& Of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }

  explicit Instance(Napi::Env env);

  // Makes the loop hear of the end of the process behind `pidfd`, once. From any thread.
  void Watch(uint32_t id, int pidfd);
  // Tells JavaScript, if it has ended; otherwise goes on watching.
  void ReportIfEnded(uint32_t id);
  bool UsesPidfd() const { return pidfd_; }
  void KeepAlive(bool on);
  void Start(const Napi::Object& handlers, const Napi::Object& options);
  // The wait status (-1: not known) for JavaScript, with the usage in the numbers that it shares with
  // us: whether there is any, and then the nine of RawUsage.
  Napi::Value Tell(const End& end);

  // In a forked child, before its loop is renewed: takes this empty epoll descriptor over, for the old
  // one is the parent's as well.
  void BecomeChild(int epoll);
  // Its handle in the event loop, which a forked child needs for its own processes.
  const void* Handle() const { return poll_; }
  // How many forks this program comes from: what was begun before the last one is the parent's.
  int Generation() const { return generation_; }

  // Work on other threads that still points here.
  void Hold() { held_++; }
  void LetGo();

  Processes processes;
  Napi::FunctionReference started;
  Napi::FunctionReference failed;
  Napi::FunctionReference ended;
  Napi::Reference<Napi::Float64Array> usage;
  bool closing = false;

 private:
  ~Instance();
  static void OnReadable(uv_poll_t* handle, int status, int events);
  static void OnTeardown(napi_async_cleanup_hook_handle hook, void* data);
  static void OnClosed(uv_handle_t* handle);
  void DeliverEvents();

  Napi::Env env_;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  // One epoll descriptor stands for all processes in the loop: libuv polls one descriptor, however
  // many are watched, and pool threads may add to it.
  int epoll_ = -1;
  uv_poll_t* poll_ = nullptr;
  bool pidfd_ = true;
  int generation_ = 0;
  double* usage_ = nullptr;
  int held_ = 1;
};
