#include "processes.h"

#include <sys/wait.h>

#include "cleanup.h"
#include "left_behind.h"
#include "stranger.h"

namespace {

// A wait status from the parts that waitid(2) splits it into.
int WaitStatusOf(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

// The raw call: glibc's waitid does not give the resource usage.
// False with errno 0: it still runs.
bool WaitId(int kind, int id, End& end) {
  siginfo_t info = {};
  long result;
  do {
    result = syscall(SYS_waitid, kind, id, &info, WEXITED | WNOHANG, &end.usage);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return false;
  if (info.si_pid == 0) {
    errno = 0;
    return false;
  }
  end.wait_status = WaitStatusOf(info);
  end.has_usage = true;
  return true;
}

}  // namespace

bool Reap(pid_t pid, End& end) {
  return WaitId(P_PID, pid, end);
}

uint32_t Processes::Reserve() {
  const uint32_t id = next_++;
  Tracked process;
  process.owned = true;
  all_.emplace(id, process);
  return id;
}

bool Processes::Born(uint32_t id, pid_t pid, int pidfd, bool cleanup) {
  Tracked& process = all_[id];
  process.pid = pid;
  process.pidfd = pidfd;
  process.cleanup = cleanup;
  return process.event_came;
}

SysError Processes::Attach(pid_t pid, bool use_pidfd, uint32_t& id) {
  Tracked process;
  process.pid = pid;
  if (use_pidfd) {
    process.pidfd = PidfdOpen(pid);
    // EINVAL and ENOENT: the number is a thread's, which is nobody's process.
    if (process.pidfd < 0) return {"pidfd_open", errno == EINVAL || errno == ENOENT ? ESRCH : errno};
  } else {
    char state = 0;
    process.start_time = StartTimeOf(pid, state);
    if (process.start_time == 0) return {"open", ESRCH};
  }
  id = next_++;
  all_.emplace(id, process);
  return {};
}

Tracked* Processes::Find(uint32_t id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

void Processes::Drop(uint32_t id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  if (found->second.cleanup) RemoveFromCleanup(found->second.pid);
  CloseAndForget(found->second.pidfd);
  all_.erase(found);
}

void Processes::DisownAll() {
  for (auto& [id, process] : all_) {
    if (!process.owned) continue;
    process.owned = false;
    process.cleanup = false;
    process.watched = false;
    char state = 0;
    if (process.pid > 0 && process.pidfd < 0) process.start_time = StartTimeOf(process.pid, state);
  }
}

void Processes::Clear() {
  for (auto& [id, process] : all_) {
    // The thread that was to stop it is going, and the pidfd with it.
    if (process.cleanup) StopFromCleanup(process.pid);
    // With the main thread the program ends, and init reaps.
    if (process.owned && process.pid > 0 && gettid() != getpid()) {
      ReapLater(process.pid, process.pidfd);
    } else {
      CloseAndForget(process.pidfd);
    }
  }
  all_.clear();
}

bool Processes::Ended(Tracked& process, End& end) {
  if (process.pid == 0) return false;
  if (!process.owned) {
    return process.pidfd >= 0 ? StrangerEnded(process, end) : StrangerEndedByPid(process, end);
  }
  const bool by_pidfd = process.pidfd >= 0;
  if (WaitId(by_pidfd ? kWaitByPidfd : P_PID, by_pidfd ? process.pidfd : process.pid, end)) return true;
  // waitid by pidfd came with Linux 5.4, a version after pidfd_open.
  if (by_pidfd && errno == EINVAL) return Reap(process.pid, end);
  // Somebody else reaped it (a SIGCHLD that is ignored does): it has ended, and how is lost.
  return errno == ECHILD;
}
