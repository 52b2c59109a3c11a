#include "remaining.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "clock.h"

namespace {

// Those killed while they hang in the kernel, as on a network drive, would hold us for ever.
constexpr int64_t kPatienceMs = 10'000;

// The end of what is nobody's child here (a process that somebody put into our namespace) comes without
// a signal.
constexpr int64_t kLookMs = 10;

struct Row {
  pid_t pid;
  pid_t parent;
  uint64_t start;
  bool below;
};

// Parent and start time of a process; false: it is gone.
bool Read(pid_t pid, Row& row) {
  char path[32], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t size = read(fd, line, sizeof line - 1);
  close(fd);
  if (size <= 0) return false;
  line[size] = '\0';
  // A name may hold anything, so what follows is counted from its end: state, ppid, … the start is 22nd.
  const char* at = strrchr(line, ')');
  if (at == nullptr) return false;
  row = {pid, 0, 0, false};
  for (int field = 3; field <= 22 && (at = strchr(at, ' ')) != nullptr; field++) {
    at++;
    if (field == 4) row.parent = atoi(at);
    if (field == 22) row.start = strtoull(at, nullptr, 10);
  }
  return row.start != 0;
}

// Every process there is. Memory is had for it only when it comes to that.
class Table {
 public:
  Table() {
    DIR* folder = opendir("/proc");
    if (folder == nullptr) return;
    while (const dirent* entry = readdir(folder)) {
      const pid_t pid = atoi(entry->d_name);
      Row row;
      if (pid > 0 && Read(pid, row) && !Add(row)) break;
    }
    closedir(folder);
    MarkBelow();
  }
  ~Table() { free(rows_); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const Row* begin() const { return rows_; }
  const Row* end() const { return rows_ + count_; }

 private:
  bool Add(const Row& row) {
    if (count_ == room_) {
      room_ = room_ == 0 ? 256 : room_ * 2;
      Row* more = static_cast<Row*>(realloc(rows_, room_ * sizeof(Row)));
      if (more == nullptr) return false;
      rows_ = more;
    }
    rows_[count_++] = row;
    return true;
  }

  static int ByPid(const void* a, const void* b) {
    return static_cast<const Row*>(a)->pid - static_cast<const Row*>(b)->pid;
  }

  // /proc lists processes by pid.
  bool IsBelow(pid_t pid) const {
    if (pid == getpid()) return true;
    const Row wanted = {pid, 0, 0, false};
    const void* found = bsearch(&wanted, rows_, count_, sizeof(Row), ByPid);
    return found != nullptr && static_cast<const Row*>(found)->below;
  }

  // Children have higher pids than their parents, but where pids begin anew; so it is done until
  // nothing changes.
  void MarkBelow() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < count_; i++) {
        if (rows_[i].below || !IsBelow(rows_[i].parent)) continue;
        rows_[i].below = true;
        changed = true;
      }
    }
  }

  Row* rows_ = nullptr;
  size_t count_ = 0;
  size_t room_ = 0;
};

// Through a pidfd, if it is still the process that was found: one that is not our child may be reaped, and
// its pid given on, at any time.
void Send(const Row& row, int number) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, row.pid, 0));
  Row now;
  if (Read(row.pid, now) && now.start == row.start) {
    if (pidfd >= 0) {
      syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0);
    } else {
      kill(row.pid, number);
    }
  }
  if (pidfd >= 0) close(pidfd);
}

void SendToAll(int number) {
  if (getpid() == 1) {
    kill(-1, number);
    return;
  }
  const Table table;
  for (const Row& row : table) {
    if (row.below) Send(row, number);
  }
}

void ReapAll() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

bool AnyRemaining() {
  // WNOWAIT: it only looks. Orphans of a subreaper are its children.
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) return true;
  return getpid() == 1 && kill(-1, 0) == 0;
}

void KillAndWait() {
  const int64_t deadline = MonotonicMs() + kPatienceMs;
  // Again and again: one that was just being started was not in the list.
  do {
    KillRemaining();
    const struct timespec pause = {0, 1'000'000};
    nanosleep(&pause, nullptr);
    ReapAll();
  } while (AnyRemaining() && MonotonicMs() < deadline);
}

}  // namespace

void KillRemaining() {
  SendToAll(SIGKILL);
}

void EndRemaining(int64_t grace_ms, bool (*pause)(int64_t ms)) {
  ReapAll();
  if (!AnyRemaining()) return;
  SendToAll(SIGTERM);
  SendToAll(SIGCONT);
  const int64_t deadline = MonotonicMs() + grace_ms;
  while (MonotonicMs() < deadline && !pause(kLookMs)) {
    ReapAll();
    if (!AnyRemaining()) return;
  }
  KillAndWait();
}
