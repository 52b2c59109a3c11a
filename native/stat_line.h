// /proc/PID/stat: the one place that knows how it is read and taken apart.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

class StatLine {
 public:
  // 0, or the errno for which there is no line: ENOENT and ESRCH where the process is gone. `path` is
  // relative to `folder`.
  int Read(int folder, const char* path);
  // By pid, below /proc.
  int Read(pid_t pid);

  // Field 3: one letter.
  char State() const { return *fields_; }
  // Fields count as in proc_pid_stat(5), from 3 on; 0 where the kernel has fewer.
  int64_t Number(int field) const;
  // Field 22: with the pid, the identity of a process; clock ticks since boot.
  uint64_t StartTime() const { return static_cast<uint64_t>(Number(22)); }

 private:
  // The longest line is some 700 bytes: 50 numbers and a name of at most 64.
  char text_[2048];
  const char* fields_ = nullptr;
};
