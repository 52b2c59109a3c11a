#include "terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

Terminal::Terminal() {
  // Standard streams may be of another terminal, or of none; a container may have no /dev/tty. One that
  // is not ours to control gives no group.
  const int own = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  const int candidates[] = {own, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  for (const int fd : candidates) {
    if (fd < 0 || tcgetpgrp(fd) < 0) continue;
    // Not below 3: those numbers are the program's.
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    break;
  }
  if (own >= 0) close(own);
}

bool Terminal::IsOurs() const {
  return IsOf(getpgrp());
}

bool Terminal::IsOf(pid_t group) const {
  return fd_ >= 0 && tcgetpgrp(fd_) == group;
}

void Terminal::HandTo(pid_t group) const {
  // It fails where the terminal has hung up, and then nobody has it.
  tcsetpgrp(fd_, group);
}

void Terminal::TakeBackFrom(pid_t group) const {
  if (fd_ < 0) return;
  const pid_t now = tcgetpgrp(fd_);
  const bool abandoned = now > 0 && kill(-now, 0) < 0 && errno == ESRCH;
  // Without a number our own group cannot be named.
  if ((now == group || abandoned) && getpgrp() > 0) tcsetpgrp(fd_, getpgrp());
}
