// What every file of the addon says of the operating system: a failed call is a value, not an
// exception, until it reaches the border to JavaScript (js.h).
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The call that failed, and its errno; syscall is nullptr where nothing failed.
struct SysError {
  const char* syscall = nullptr;
  int error = 0;
  explicit operator bool() const { return syscall != nullptr; }
};

// How a process ended. wait_status is -1 where it is not known; usage counts only where has_usage.
struct End {
  int wait_status = -1;
  bool has_usage = false;
  struct rusage usage = {};
};

// Numbers that older headers lack; the kernels that have them are named.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424  // Linux 5.1
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434  // Linux 5.3
#endif
#ifndef SYS_close_range
#define SYS_close_range 436  // Linux 5.9
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000  // Linux 5.2
#endif
// P_PIDFD of waitid(2), Linux 5.4: an enumerator in newer headers, missing in older ones.
constexpr int kWaitByPidfd = 3;

inline int PidfdOpen(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

inline int PidfdSendSignal(int pidfd, int number) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0));
}

// Closes a descriptor that is this program's own, and marks it closed.
inline void CloseAndForget(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}
