// What a pidfd tells of its process: struct pidfd_info of linux/pidfd.h, Linux 6.13.
#pragma once

#include <sys/ioctl.h>

#include "sys.h"

struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;  // since Linux 6.15, of a process that was reaped
  uint32_t coredump_mask;
  uint32_t spare;
};
// The bit of `mask` that asks for the exit code, and says that it is there.
constexpr uint64_t kInfoExit = 1 << 3;

// Asks for the exit code. False with errno: this kernel does not answer at all.
inline bool AskForExit(int pidfd, PidfdInfo& info) {
  info = {};
  info.mask = kInfoExit;
  return ioctl(pidfd, _IOWR(0xFF, 11, PidfdInfo), &info) == 0;
}
