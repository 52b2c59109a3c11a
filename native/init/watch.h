// brood-init from the start of the program to its end.
#pragma once

#include <sys/types.h>

#include "options.h"
#include "terminal.h"

class Watch {
 public:
  Watch(const Options& options, const Terminal& terminal, pid_t child)
      : options_(options), terminal_(terminal), child_(child) {}
  // Passes signals on and reaps, until the program has ended; gives its wait status.
  int UntilItEnds();

 private:
  // Reaps all that has ended. True: the program is among it.
  bool Reap();
  void PassOn(int number, const siginfo_t& info);
  void Send(int number, const siginfo_t& info) const;
  void ProgramStopped();
  void Continued();
  int64_t TimeLeft() const;

  const Options& options_;
  const Terminal& terminal_;
  const pid_t child_;
  int status_ = 0;
  // Since the last SIGCONT we were told to stop.
  bool told_to_stop_ = false;
  bool stopped_ = false;
  int terms_ = 0;
  // When all is killed, because it was asked twice to end; -1: not.
  int64_t deadline_ms_ = -1;
};
