#include "own_children.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_set>

#include "clock.h"

namespace {

// A fork that failed calls the handler of the parent too; its cell is given up after that time.
constexpr int64_t kForkPatienceMs = 2000;
// A pid cannot come round to an orphan any sooner.
constexpr int64_t kForgetMs = 100;
constexpr size_t kCells = 1024;

// A child that was forked writes its pid into the cell that was chosen for it before: the pages are
// shared.
using Cell = std::atomic<pid_t>;

struct Fork {
  Cell* cell;
  int64_t since_ms;
};

// Never destroyed: other threads may fork while the program exits.
struct Knowledge {
  std::mutex mutex;
  bool asking = false;
  // Children that are being made now.
  int starting = 0;
  std::unordered_set<pid_t> own;
  std::vector<Fork> forks;
  Cell* cells = nullptr;
  size_t next_cell = 0;
  int64_t forgot_ms = 0;
};

Knowledge& TheKnowledge() {
  static auto* knowledge = new Knowledge;
  return *knowledge;
}

// Moves what has come into the cells to the list.
void Settle(Knowledge& know) {
  const int64_t now = MonotonicMs();
  std::erase_if(know.forks, [&](const Fork& fork) {
    const pid_t pid = fork.cell->exchange(0);
    if (pid != 0) know.own.insert(pid);
    return pid != 0 || now - fork.since_ms > kForkPatienceMs;
  });
}

void BeforeFork() {
  Knowledge& know = TheKnowledge();
  know.mutex.lock();
  if (!know.asking) return;
  Settle(know);
  Cell* cell = &know.cells[know.next_cell++ % kCells];
  cell->store(0);
  know.forks.push_back({cell, MonotonicMs()});
}

void AfterForkInParent() {
  TheKnowledge().mutex.unlock();
}

// Async-signal-safe. The office stays with the parent.
void AfterForkInChild() {
  Knowledge& know = TheKnowledge();
  if (know.asking) know.forks.back().cell->store(getpid());
  know.asking = false;
  know.starting = 0;
  new (&know.mutex) std::mutex;
}

// Also false for one that another process may reap: only children can be waited for.
bool IsOurChild(pid_t pid) {
  siginfo_t info;
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void ForgetReaped(Knowledge& know) {
  const int64_t now = MonotonicMs();
  if (now - know.forgot_ms < kForgetMs) return;
  know.forgot_ms = now;
  std::erase_if(know.own, [](pid_t pid) { return !IsOurChild(pid); });
}

bool ReapIfDead(pid_t pid) {
  siginfo_t info = {};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0;
}

void AddPidsOf(const char* thread, std::vector<pid_t>& children) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%s/children", thread);
  FILE* file = fopen(path, "re");
  if (file == nullptr) return;
  int pid;
  while (fscanf(file, "%d", &pid) == 1) children.push_back(pid);
  fclose(file);
}

// Where a dead child of ours is first in the kernel's list, which then shows no other.
void ReapBehind(const Knowledge& know, size_t most, size_t& reaped) {
  std::vector<pid_t> children;
  ListChildren(children);
  for (const pid_t pid : children) {
    if (reaped >= most) return;
    if (!know.own.contains(pid) && ReapIfDead(pid)) reaped++;
  }
}

}  // namespace

OwnStart::OwnStart() {
  ExpectChildren(1);
}

OwnStart::~OwnStart() {
  ExpectChildren(-1);
}

void OwnStart::Made(pid_t pid) {
  CountAsOwn(pid);
}

void ExpectChildren(int more) {
  Knowledge& know = TheKnowledge();
  std::lock_guard<std::mutex> lock(know.mutex);
  know.starting += more;
}

void CountAsOwn(pid_t pid) {
  Knowledge& know = TheKnowledge();
  std::lock_guard<std::mutex> lock(know.mutex);
  if (know.asking) know.own.insert(pid);
}

int KnowOwnChildren() {
  static bool registered = false;
  Knowledge& know = TheKnowledge();
  std::vector<pid_t> children;
  {
    std::lock_guard<std::mutex> lock(know.mutex);
    if (know.cells == nullptr) {
      void* pages = mmap(nullptr, kCells * sizeof(Cell), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) return errno;
      know.cells = static_cast<Cell*>(pages);
    }
    know.own.clear();
    know.forks.clear();
    know.asking = true;
  }
  // They stay with the program, in its forked children too.
  if (!registered && pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild) != 0) return ENOMEM;
  registered = true;
  ListChildren(children);
  for (const pid_t pid : children) CountAsOwn(pid);
  return 0;
}

bool ListChildren(std::vector<pid_t>& children) {
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return false;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') AddPidsOf(entry->d_name, children);
  }
  closedir(folder);
  return true;
}

bool ReapOrphans(size_t most, size_t& reaped) {
  Knowledge& know = TheKnowledge();
  std::lock_guard<std::mutex> lock(know.mutex);
  Settle(know);
  ForgetReaped(know);
  // One of those that are being made could be the dead one.
  if (know.starting > 0 || !know.forks.empty()) return false;
  while (reaped < most) {
    siginfo_t info = {};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return true;
    if (know.own.contains(info.si_pid)) {
      ReapBehind(know, most, reaped);
      return false;
    }
    if (ReapIfDead(info.si_pid)) reaped++;
  }
  return true;
}

void StopKnowing() {
  TheKnowledge().mutex.lock();
}
