// What Node and V8 export and do not promise: the few entry points without which a fork of Node cannot
// live. They are looked up by their mangled names when first needed, so that the addon loads in every
// Node, and says by name what is missing in one that lacks them. A mangled name carries the types of
// its parameters, so one that is found is one that can be called.
#pragma once

#include <functional>
#include <memory>

#include <v8-platform.h>

namespace node {
class Environment;
}

struct NodeInternals {
  using Post = void (*)(void* platform, std::unique_ptr<v8::Task>);
  using PostDelayed = void (*)(void* platform, std::unique_ptr<v8::Task>, double seconds);
  // Node 22 and later.
  using PostImpl = void (*)(void* platform, v8::TaskPriority, std::unique_ptr<v8::Task>, const void*);
  using PostDelayedImpl = void (*)(void* platform, v8::TaskPriority, std::unique_ptr<v8::Task>, double,
                                   const void*);
  using Drain = void (*)(void* platform, void* isolate);
  using Flush = bool (*)(void* platform, void* isolate);
  using Count = int (*)(void* platform);

  // The virtual functions of node::NodePlatform; either the first two are there or the next two.
  Post post = nullptr;
  PostDelayed post_delayed = nullptr;
  PostImpl post_impl = nullptr;
  PostDelayedImpl post_delayed_impl = nullptr;
  Drain drain = nullptr;
  Flush flush = nullptr;
  Count worker_threads = nullptr;
  void** platform_table = nullptr;

  node::Environment* (*current_environment)(void* context) = nullptr;
  void* (*platform_of)(node::Environment*) = nullptr;
  void (*set_exit_handler)(node::Environment*, std::function<void(node::Environment*, int)>&&) = nullptr;
  void* (*current_isolate)() = nullptr;
  void* (*current_context)(void* isolate) = nullptr;

  // Randomness. A Node without these can fork too; then what Math.random gives is mended otherwise.
  void* (*random_generator)(void* isolate) = nullptr;
  void (*seed_generator)(void* generator, int64_t seed) = nullptr;
  void (*reset_math_random)(void* native_context) = nullptr;

  // What tells Node's own handles of the event loop from those of the program: the functions of its
  // timers, and the table of the class of its message ports.
  void* run_timers = nullptr;
  void* run_delayed_task = nullptr;
  void** message_port_table = nullptr;

  // The name of the first one that is missing, or nullptr: then all but randomness and the handles
  // are there.
  const char* missing = nullptr;

  static const NodeInternals& Get();
};
