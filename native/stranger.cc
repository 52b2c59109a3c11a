#include "stranger.h"

#include <poll.h>

#include <cstdio>
#include <ctime>

#include "pidfd_info.h"
#include "stat_line.h"

namespace {

// How long a stranger that ended may stay unreaped until its end is told without a status.
constexpr int64_t kReapGraceMs = 200;

// Between exit and reap, field 52 holds the wait status for those who may trace the process; others
// read 0 there, and the name-space link tells which of the two we are.
bool ZombieStatus(pid_t pid, int& wait_status) {
  char path[48], link[64];
  snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
  if (readlink(path, link, sizeof(link)) < 0) return false;
  StatLine line;
  if (line.Read(pid) != 0 || line.State() != 'Z') return false;
  wait_status = static_cast<int>(line.Number(52));
  return true;
}

}  // namespace

uint64_t StartTimeOf(pid_t pid, char& state) {
  StatLine line;
  if (line.Read(pid) != 0) return 0;
  state = line.State();
  return line.StartTime();
}

short PollNow(int pidfd, int timeout_ms) {
  struct pollfd entry = {pidfd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) > 0 ? entry.revents : 0;
}

bool StrangerEnded(Tracked& process, End& end) {
  const short events = PollNow(process.pidfd);
  if (events == 0) return false;
  if ((events & POLLHUP) != 0) {
    PidfdInfo info;
    if (AskForExit(process.pidfd, info) && (info.mask & kInfoExit) != 0) {
      end.wait_status = info.exit_code;
    }
    return true;
  }
  int status;
  // Not reaped before and not after the look: what was read was of this process.
  if (ZombieStatus(process.pid, status) && (PollNow(process.pidfd) & POLLHUP) == 0) {
    end.wait_status = status;
    return true;
  }
  if (process.zombie_since_ms == 0) process.zombie_since_ms = NowMs();
  return NowMs() - process.zombie_since_ms >= kReapGraceMs;
}

bool StrangerEndedByPid(const Tracked& process, End& end) {
  char state = 0;
  if (StartTimeOf(process.pid, state) != process.start_time) return true;
  if (state != 'Z') return false;
  int status;
  if (ZombieStatus(process.pid, status)) end.wait_status = status;
  return true;
}

int64_t NowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
