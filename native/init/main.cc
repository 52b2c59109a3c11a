// brood-init: what PID 1 has to do, in a program of a few pages.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "../remaining.h"
#include "exit_codes.h"
#include "options.h"
#include "program.h"
#include "watch.h"

namespace {

// From here on nothing is lost: what comes waits until it is asked for.
Inherited TakeSignals() {
  Inherited inherited;
  inherited.blocked = SetBlocked(kAllSignals);
  // If it is ignored, the kernel reaps, and nobody learns how anything ended.
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, &inherited.on_child);
  return inherited;
}

void TakeOffice(const Options& options) {
  const pid_t parent = getppid();
  if (options.death_signal != 0) {
    prctl(PR_SET_PDEATHSIG, options.death_signal);
    // It died before it could be asked to tell.
    if (getppid() != parent) kill(getpid(), options.death_signal);
  }
  if (options.subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
    dprintf(STDERR_FILENO, "brood-init: this kernel has no subreapers\n");
    _exit(kNotStarted);
  }
  if (getpid() != 1 && !options.subreaper) {
    dprintf(STDERR_FILENO, "brood-init: this is not PID 1, so orphans go elsewhere: use --subreaper\n");
  }
}

// True: somebody asks again for the end.
bool PauseOrBeAsked(int64_t ms) {
  siginfo_t info;
  const int number = NextSignal(info, ms);
  return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

int ExitCodeOf(int status, const Options& options) {
  if (WIFSIGNALED(status)) return kKilled + WTERMSIG(status);
  const int code = WEXITSTATUS(status);
  return options.counts_as_zero[code] ? 0 : code;
}

}  // namespace

int main(int count, char** arguments) {
  const Inherited inherited = TakeSignals();
  const Options options = ReadOptions(count, arguments);
  TakeOffice(options);
  const Terminal terminal;
  const pid_t child = StartProgram(options, inherited, terminal);
  CloseDescriptorsBut(terminal.Descriptor());
  const int status = Watch(options, terminal, child).UntilItEnds();
  terminal.TakeBackFrom(child);
  EndRemaining(options.grace_ms, PauseOrBeAsked);
  // Not by the signal itself: the kernel would not let PID 1 die of it.
  _exit(ExitCodeOf(status, options));
}
