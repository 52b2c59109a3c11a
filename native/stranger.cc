#include "stranger.h"

#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "pidfd_info.h"

namespace {

// How long a stranger that ended may stay unreaped until its end is told without a status.
constexpr int64_t kReapGraceMs = 200;

// The fields of /proc/PID/stat from the state (field 3) on; comm may hold anything, so they are
// counted from the last ")".
bool ReadStatFields(pid_t pid, char* buffer, size_t size, char*& fields) {
  char path[48];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t length = read(fd, buffer, size - 1);
  close(fd);
  if (length <= 0) return false;
  buffer[length] = '\0';
  char* bracket = strrchr(buffer, ')');
  if (bracket == nullptr) return false;
  fields = bracket + 2;
  return true;
}

const char* Field(const char* fields, int number) {
  for (int at = 3; at < number && fields != nullptr; at++) {
    fields = strchr(fields, ' ');
    if (fields != nullptr) fields++;
  }
  return fields;
}

// Between exit and reap, field 52 holds the wait status for those who may trace the process; others
// read 0 there, and the name-space link tells which of the two we are.
bool ZombieStatus(pid_t pid, int& wait_status) {
  char path[48], link[64];
  snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
  if (readlink(path, link, sizeof(link)) < 0) return false;
  char buffer[1024];
  char* fields;
  if (!ReadStatFields(pid, buffer, sizeof(buffer), fields) || *fields != 'Z') return false;
  const char* field = Field(fields, 52);
  if (field == nullptr) return false;
  wait_status = atoi(field);
  return true;
}

}  // namespace

uint64_t StartTimeOf(pid_t pid, char& state) {
  char buffer[1024];
  char* fields;
  if (!ReadStatFields(pid, buffer, sizeof(buffer), fields)) return 0;
  state = *fields;
  const char* field = Field(fields, 22);
  return field == nullptr ? 0 : strtoull(field, nullptr, 10);
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
