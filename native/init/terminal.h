// The terminal that brood-init was started at: its foreground is handed to the program, as a shell hands
// it to a job, and taken back.
#pragma once

#include <sys/types.h>

class Terminal {
 public:
  // Finds it; there may be none.
  Terminal();
  // -1: there is none.
  int Descriptor() const { return fd_; }
  // Whether this program's group has the foreground. Both groups may lie outside of our pid namespace,
  // where they have no number.
  bool IsOurs() const;
  bool IsOf(pid_t group) const;
  // SIGTTOU must be blocked.
  void HandTo(pid_t group) const;
  // Only from the group it was handed to, or where that has handed it on to one that is gone.
  void TakeBackFrom(pid_t group) const;

 private:
  int fd_ = -1;
};
