#include "node_internals.h"

#include <dlfcn.h>

namespace {

template <typename Pointer>
bool Find(const char* name, Pointer& into) {
  into = reinterpret_cast<Pointer>(dlsym(RTLD_DEFAULT, name));
  return into != nullptr;
}

NodeInternals Load() {
  NodeInternals all;
  const auto need = [&](const char* name, auto& into) {
    if (!Find(name, into) && all.missing == nullptr) all.missing = name;
  };
  need("_ZTVN4node12NodePlatformE", all.platform_table);
  need("_ZN4node12NodePlatform10DrainTasksEPN2v87IsolateE", all.drain);
  need("_ZN4node12NodePlatform20FlushForegroundTasksEPN2v87IsolateE", all.flush);
  need("_ZN4node12NodePlatform21NumberOfWorkerThreadsEv", all.worker_threads);
  need("_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE", all.current_environment);
  need("_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE", all.platform_of);
  need("_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE",
       all.set_exit_handler);
  need("_ZN2v87Isolate10GetCurrentEv", all.current_isolate);
  need("_ZN2v87Isolate17GetCurrentContextEv", all.current_context);
  Find(
      "_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE",
      all.post);
  if (all.post != nullptr) {
    need(
        "_ZN4node12NodePlatform25CallDelayedOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_"
        "deleteIS3_EEd",
        all.post_delayed);
  } else {
    need(
        "_ZN4node12NodePlatform26PostTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_ptrINS1_"
        "4TaskESt14default_deleteIS4_EERKNS1_14SourceLocationE",
        all.post_impl);
    need(
        "_ZN4node12NodePlatform33PostDelayedTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_"
        "ptrINS1_4TaskESt14default_deleteIS4_EEdRKNS1_14SourceLocationE",
        all.post_delayed_impl);
  }
  Find("_ZN2v88internal7Isolate23random_number_generatorEv", all.random_generator);
  Find("_ZN2v84base21RandomNumberGenerator7SetSeedEl", all.seed_generator);
  // Tagged<Context> since V8 12: the class is another, the value is not.
  Find("_ZN2v88internal10MathRandom12ResetContextENS0_6TaggedINS0_7ContextEEE",
       all.reset_math_random) ||
      Find("_ZN2v88internal10MathRandom12ResetContextENS0_7ContextE", all.reset_math_random);
  Find("_ZN4node11Environment9RunTimersEP10uv_timer_s", all.run_timers);
  Find("_ZN4node22PerIsolatePlatformData17RunForegroundTaskEP10uv_timer_s", all.run_delayed_task);
  Find("_ZTVN4node6worker11MessagePortE", all.message_port_table);
  return all;
}

}  // namespace

const NodeInternals& NodeInternals::Get() {
  static const NodeInternals all = Load();
  return all;
}
