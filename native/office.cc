// The office of an init, held by this program itself: orphans are reaped by a thread, and at the end what
// is left below it is ended too.
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "js.h"
#include "orphan_reaper.h"
#include "own_children.h"
#include "remaining.h"
#include "sys.h"
#include "topics.h"

namespace {

// Of the program that took office; a forked child runs the same code at its end.
pid_t holder = 0;
int64_t grace_ms = 0;
volatile sig_atomic_t asked_again = 0;

void OnSignal(int) {
  asked_again = 1;
}

bool PauseOrBeAsked(int64_t ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1'000'000};
  if (asked_again == 0) nanosleep(&time, nullptr);
  return asked_again != 0;
}

// After the last of JavaScript: nobody waits for a child any more.
void LeaveOffice() {
  if (getpid() != holder) return;
  StopKnowing();
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) sigaction(number, &action, nullptr);
  EndRemaining(grace_ms, PauseOrBeAsked);
}

// takeOffice(graceMs)
Napi::Value TakeOffice(const Napi::CallbackInfo& info) {
  grace_ms = info[0].As<Napi::Number>().Int64Value();
  if (const SysError failure = StartReapingOrphans()) {
    ThrowSys(info.Env(), failure);
    return info.Env().Undefined();
  }
  static bool registered = false;
  if (!registered) atexit(LeaveOffice);
  registered = true;
  holder = getpid();
  return info.Env().Undefined();
}

Napi::Value Reaped(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(OrphansReaped()));
}

// expectChildren(more): that many more children are being made for us by another process.
Napi::Value Expect(const Napi::CallbackInfo& info) {
  ExpectChildren(IntOf(info[0]));
  return info.Env().Undefined();
}

}  // namespace

void RegisterOffice(Napi::Env env, Napi::Object exports) {
  exports.Set("takeOffice", Napi::Function::New(env, TakeOffice, "takeOffice"));
  exports.Set("orphansReaped", Napi::Function::New(env, Reaped, "orphansReaped"));
  exports.Set("expectChildren", Napi::Function::New(env, Expect, "expectChildren"));
}
