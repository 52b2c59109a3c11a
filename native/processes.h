// The processes that one JavaScript thread looks after, by an id that no other ever had.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <unordered_map>

#include "sys.h"

// A process, from birth or attach to its end.
struct Tracked {
  pid_t pid = 0;
  int pidfd = -1;  // -1: there are no pidfds here
  bool owned = false;
  bool cleanup = false;
  bool watched = false;
  bool event_came = false;     // the kernel spoke before the pool did
  uint64_t start_time = 0;     // identity where there is no pidfd; 0: not needed
  int64_t zombie_since_ms = 0;  // a stranger's: seen ended, and not yet reaped by its parent
};

class Processes {
 public:
  // An id for a process that is yet to be.
  uint32_t Reserve();
  // Returns whether the kernel has already said that it ended.
  bool Born(uint32_t id, pid_t pid, int pidfd, bool cleanup);
  SysError Attach(pid_t pid, bool use_pidfd, uint32_t& id);
  Tracked* Find(uint32_t id);
  // Forgets it, and closes its pidfd.
  void Drop(uint32_t id);
  size_t Count() const { return all_.size(); }
  // In a forked child: those that were children are their parent's, and strangers here. Calls back
  // with each that is left.
  template <typename Callback>
  void BecomeStrangers(Callback callback) {
    DisownAll();
    for (const auto& [id, process] : all_) callback(id, process);
  }
  // Forgets all.
  void Clear();

  // Whether it has ended; fills in how. A child is reaped by this, once, and may be dropped then. A
  // stranger's parent may still owe it the reaping, which alone makes its exit code known to
  // us: for a moment it then counts as running.
  bool Ended(Tracked& process, End& end);

 private:
  void DisownAll();

  std::unordered_map<uint32_t, Tracked> all_;
  uint32_t next_ = 1;
};

// The numbers of RawUsage, in its order.
constexpr size_t kUsageNumbers = 9;
std::array<double, kUsageNumbers> NumbersOf(const struct rusage& usage);
// Reaps one child by pid. False: it runs, or is no child of ours.
bool Reap(pid_t pid, End& end);
