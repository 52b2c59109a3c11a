#include "signal_set.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

SignalSet SetBlocked(SignalSet blocked) {
  SignalSet before = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, &before, sizeof before);
  return before;
}

int NextSignal(siginfo_t& info, int64_t timeout_ms) {
  const SignalSet all = kAllSignals;
  const struct timespec time = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
  const long number =
      syscall(SYS_rt_sigtimedwait, &all, &info, timeout_ms < 0 ? nullptr : &time, sizeof all);
  // EAGAIN: nothing came. EINTR: a debugger, or a stop and a continuation.
  return number < 0 ? 0 : static_cast<int>(number);
}
