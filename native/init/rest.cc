#include "rest.h"

#include "../clock.h"
#include "../remaining.h"
#include "signal_set.h"

namespace {

bool AsksToEnd(int number) {
  return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

// The end of what is nobody's child here (a process that somebody put into our namespace) comes without
// a signal.
constexpr int64_t kLookMs = 20;

}  // namespace

void EndTheRest(int64_t grace_ms) {
  ReapAll();
  if (!AnyRemaining()) return;
  TerminateRemaining();
  const int64_t deadline = MonotonicMs() + grace_ms;
  while (MonotonicMs() < deadline) {
    siginfo_t info;
    if (AsksToEnd(NextSignal(info, kLookMs))) break;
    ReapAll();
    if (!AnyRemaining()) return;
  }
  KillRemainingAndWait();
}
