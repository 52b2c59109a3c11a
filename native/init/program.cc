#include "program.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "exit_codes.h"

namespace {

[[noreturn]] void BecomeProgram(const Options& options, const Inherited& inherited,
                                const Terminal& terminal, bool foreground) {
  setpgid(0, 0);
  if (foreground) terminal.HandTo(getpid());
  sigaction(SIGCHLD, &inherited.on_child, nullptr);
  SetBlocked(options.unblock ? 0 : inherited.blocked);
  // With a name without a slash it looks in PATH, and gives a script without #! to the shell.
  execvp(options.command[0], options.command);
  const int error = errno;
  dprintf(STDERR_FILENO, "brood-init: cannot run %s: %s\n", options.command[0], strerror(error));
  _exit(error == ENOENT || error == ENOTDIR ? kNotFound : kNotExecutable);
}

}  // namespace

pid_t StartProgram(const Options& options, const Inherited& inherited, const Terminal& terminal) {
  const bool foreground = terminal.IsOurs();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    dprintf(STDERR_FILENO, "brood-init: cannot start a process: %s\n", strerror(errno));
    _exit(kNotStarted);
  }
  if (child == 0) {
    if (options.death_signal != 0) {
      prctl(PR_SET_PDEATHSIG, options.death_signal);
      // It died before it could be asked to tell.
      if (getppid() != parent) raise(options.death_signal);
    }
    BecomeProgram(options, inherited, terminal, foreground);
  }
  // Both sides do it: then the group is there for the one that comes first.
  setpgid(child, child);
  return child;
}

void CloseDescriptorsBut(int kept) {
  const auto close_range = [](unsigned first, unsigned last) {
    // Linux 5.9; before, as many as a program has as a rule.
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
    for (unsigned fd = first; fd <= last && fd < 1024; fd++) close(static_cast<int>(fd));
  };
  if (kept < 0) return close_range(0, ~0U);
  close_range(0, static_cast<unsigned>(kept) - 1);
  close_range(static_cast<unsigned>(kept) + 1, ~0U);
}
