#include "cleanup.h"

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "sys.h"

namespace {

constexpr int kFatal[] = {SIGHUP, SIGINT, SIGTERM};
constexpr size_t kBlock = 128;

// A slot is free where pid is 0. The handler only reads; a slot is written pidfd first, so a pid that
// is seen has its pidfd.
struct Slot {
  std::atomic<pid_t> pid{0};
  std::atomic<int> pidfd{-1};
};

// Blocks are added and never freed: the handler may be walking them.
struct Block {
  Slot slots[kBlock];
  std::atomic<Block*> next{nullptr};
};

Block first_block;
std::mutex table_mutex;
struct sigaction before[NSIG];

// Async-signal-safe: system calls and atomic reads only.
void Stop(const Slot& slot) {
  const pid_t pid = slot.pid.load();
  if (pid == 0) return;
  const int pidfd = slot.pidfd.load();
  // SIGCONT: one that is stopped could not act on the other. Without a pidfd: a child of ours that was
  // not reaped cannot have lost its pid.
  for (const int number : {SIGTERM, SIGCONT}) {
    if (pidfd >= 0) {
      PidfdSendSignal(pidfd, number);
    } else {
      kill(pid, number);
    }
  }
}

void StopAll() {
  for (Block* block = &first_block; block != nullptr; block = block->next.load()) {
    for (const Slot& slot : block->slots) Stop(slot);
  }
}

void OnFatalSignal(int number, siginfo_t*, void*) {
  const int error = errno;
  StopAll();
  // What was there before takes over: it ends the program as if this had not been here.
  sigaction(number, &before[number], nullptr);
  raise(number);
  errno = error;
}

// Never destroyed: pool threads may still be starting children while the program exits.
struct Table {
  std::unordered_map<pid_t, Slot*> taken;
  std::vector<Slot*> free;
  Block* last = &first_block;

  Table() { Offer(first_block); }

  void Offer(Block& block) {
    for (Slot& slot : block.slots) free.push_back(&slot);
  }

  Slot* Take() {
    if (free.empty()) {
      Block* block = new Block;
      last->next.store(block);
      last = block;
      Offer(*block);
    }
    Slot* slot = free.back();
    free.pop_back();
    return slot;
  }
};

// Whether there ever was anything to stop.
bool used = false;

Table& TheTable() {
  static auto* table = new Table;
  return *table;
}

}  // namespace

bool IsCleanupHandler(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == OnFatalSignal;
}

bool CountsAsDefault(const struct sigaction& action) {
  if (IsCleanupHandler(action)) return true;
  if ((action.sa_flags & SA_RESETHAND) != 0) return true;
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

void ArmCleanup() {
  std::lock_guard<std::mutex> lock(table_mutex);
  for (int number : kFatal) {
    struct sigaction now;
    if (sigaction(number, nullptr, &now) < 0 || IsCleanupHandler(now) || !CountsAsDefault(now)) {
      continue;
    }
    before[number] = now;
    struct sigaction ours = {};
    ours.sa_sigaction = OnFatalSignal;
    ours.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&ours.sa_mask);
    sigdelset(&ours.sa_mask, number);
    sigaction(number, &ours, nullptr);
  }
}

void AddToCleanup(pid_t pid, int pidfd) {
  std::lock_guard<std::mutex> lock(table_mutex);
  used = true;
  Slot*& slot = TheTable().taken[pid];
  if (slot == nullptr) slot = TheTable().Take();
  slot->pidfd.store(pidfd);
  slot->pid.store(pid);
}

void ForgetCleanup() {
  if (!used) return;
  std::lock_guard<std::mutex> lock(table_mutex);
  Table& table = TheTable();
  for (auto& [pid, slot] : table.taken) {
    slot->pid.store(0);
    slot->pidfd.store(-1);
    table.free.push_back(slot);
  }
  table.taken.clear();
}

namespace {

void Remove(pid_t pid, bool stop) {
  std::lock_guard<std::mutex> lock(table_mutex);
  Table& table = TheTable();
  const auto found = table.taken.find(pid);
  if (found == table.taken.end()) return;
  Slot* slot = found->second;
  if (stop) Stop(*slot);
  slot->pid.store(0);
  slot->pidfd.store(-1);
  table.free.push_back(slot);
  table.taken.erase(found);
}

}  // namespace

void RemoveFromCleanup(pid_t pid) {
  Remove(pid, false);
}

void StopFromCleanup(pid_t pid) {
  Remove(pid, true);
}
