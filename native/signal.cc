// The dispositions and masks of this program itself. They are the kernel's and hold for the whole
// process, whichever JavaScript thread asks.
#include <atomic>
#include <csignal>
#include <vector>

#include "cleanup.h"
#include "ignored.h"
#include "js.h"
#include "signal_mask.h"
#include "sys.h"
#include "topics.h"

namespace {

constexpr int kHighest = 64;

std::atomic<uint64_t> asked_to_ignore{0};

uint64_t BitOf(int number) {
  return uint64_t{1} << (number - 1);
}

Napi::Value Done(Napi::Env env, SysError failure) {
  if (failure) ThrowSys(env, failure);
  return env.Undefined();
}

enum class Disposition { kDefault, kIgnored, kHandled };

Napi::Value GetDisposition(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  struct sigaction action;
  if (sigaction(IntOf(info[0]), nullptr, &action) < 0) return Done(env, {"sigaction", errno});
  Disposition disposition = Disposition::kHandled;
  if (CountsAsDefault(action)) {
    disposition = Disposition::kDefault;
  } else if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN) {
    disposition = Disposition::kIgnored;
  }
  return Napi::Number::New(env, static_cast<int>(disposition));
}

// Node is not asked: it goes on believing that its handler, if there is one, is in place, and puts it
// back only when the last listener was removed and a new one is added.
SysError Set(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, nullptr) < 0 ? SysError{"sigaction", errno} : SysError{};
}

Napi::Value IgnoreSignal(const Napi::CallbackInfo& info) {
  const SysError failure = Set(IntOf(info[0]), SIG_IGN);
  if (!failure) asked_to_ignore |= BitOf(IntOf(info[0]));
  return Done(info.Env(), failure);
}

Napi::Value ResetSignal(const Napi::CallbackInfo& info) {
  asked_to_ignore &= ~BitOf(IntOf(info[0]));
  return Done(info.Env(), Set(IntOf(info[0]), SIG_DFL));
}

Napi::Value ChangeMask(const Napi::CallbackInfo& info, bool block) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : IntsOf(info[0])) {
    // Those of the C library itself are refused, as is what is no signal.
    if (sigaddset(&signals, number) < 0) return Done(info.Env(), {"sigaddset", errno});
  }
  return Done(info.Env(), ChangeMaskOfProgram(signals, block));
}

Napi::Value BlockSignals(const Napi::CallbackInfo& info) {
  return ChangeMask(info, true);
}

Napi::Value UnblockSignals(const Napi::CallbackInfo& info) {
  return ChangeMask(info, false);
}

Napi::Array Numbers(Napi::Env env, const sigset_t& signals) {
  std::vector<int> numbers;
  for (int number = 1; number <= kHighest; number++) {
    if (sigismember(&signals, number) == 1) numbers.push_back(number);
  }
  return ToArray(env, numbers);
}

Napi::Value BlockedSignals(const Napi::CallbackInfo& info) {
  sigset_t mask;
  if (const SysError failure = ReadMask(mask)) return Done(info.Env(), failure);
  return Numbers(info.Env(), mask);
}

Napi::Value PendingSignals(const Napi::CallbackInfo& info) {
  sigset_t pending;
  if (sigpending(&pending) < 0) return Done(info.Env(), {"sigpending", errno});
  sigdelset(&pending, CarrierSignal());
  return Numbers(info.Env(), pending);
}

}  // namespace

uint64_t IgnoredOnPurpose() {
  uint64_t still = 0;
  for (int number = 1; number <= kHighest; number++) {
    if ((asked_to_ignore & BitOf(number)) == 0) continue;
    struct sigaction action;
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) still |= BitOf(number);
  }
  return still;
}

void ForgetIgnored() {
  asked_to_ignore = 0;
  for (int number = 1; number <= kHighest; number++) {
    // A write that nobody reads is an error in Node, and not a death.
    if (number == SIGPIPE || number == SIGXFSZ) continue;
    struct sigaction action;
    if (sigaction(number, nullptr, &action) < 0 || (action.sa_flags & SA_SIGINFO) != 0) continue;
    if (action.sa_handler == SIG_IGN) Set(number, SIG_DFL);
  }
}

void RegisterSignal(Napi::Env env, Napi::Object exports) {
  const struct {
    const char* name;
    Napi::Value (*function)(const Napi::CallbackInfo&);
  } table[] = {
      {"getDisposition", GetDisposition}, {"ignoreSignal", IgnoreSignal},
      {"resetSignal", ResetSignal},       {"blockSignals", BlockSignals},
      {"unblockSignals", UnblockSignals}, {"blockedSignals", BlockedSignals},
      {"pendingSignals", PendingSignals},
  };
  for (const auto& [name, function] : table) {
    exports.Set(name, Napi::Function::New(env, function, name));
  }
}
