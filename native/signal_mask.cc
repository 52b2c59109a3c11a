#include "signal_mask.h"

#include <dirent.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <unordered_set>

#include <ucontext.h>

namespace {

// Bit n - 1 is signal n, as the kernel and /proc have it.
using Mask = uint64_t;

constexpr Mask BitOf(int number) {
  return Mask{1} << (number - 1);
}

// A thread's mask can be changed by that thread only. So each one is sent the carrier, whose handler
// changes the mask of the code that it interrupts: the one that comes back when the handler returns.
// What it applies is not the one change but the state asked for so far: then it does not matter how
// late it comes, how often, or from whom.
std::atomic<Mask> wanted_blocked{0};
std::atomic<Mask> wanted_unblocked{0};

// One change at a time; threads with environments of their own (workers) may ask at once.
std::mutex changing;

// Async-signal-safe: two atomics and arithmetic on the stack. errno is not touched.
void OnCarrier(int, siginfo_t*, void* context) {
  sigset_t& mask = static_cast<ucontext_t*>(context)->uc_sigmask;
  const Mask block = wanted_blocked.load();
  const Mask unblock = wanted_unblocked.load();
  for (int number = 1; number <= 64; number++) {
    if (block & BitOf(number)) sigaddset(&mask, number);
    if (unblock & BitOf(number)) sigdelset(&mask, number);
  }
}

SysError InstallCarrier() {
  struct sigaction old;
  if (sigaction(CarrierSignal(), nullptr, &old) < 0) return {"sigaction", errno};
  const bool ours = (old.sa_flags & SA_SIGINFO) != 0 && old.sa_sigaction == OnCarrier;
  if (ours) return {};
  const bool free = (old.sa_flags & SA_SIGINFO) == 0 &&
                    (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN);
  if (!free) return {"sigaction", EBUSY};
  // It stays: a signal that reaches a thread late must not end the program. SA_NODEFER, so that a
  // thread in the handler does not look like one that blocks the carrier.
  struct sigaction action = {};
  action.sa_sigaction = OnCarrier;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  if (sigaction(CarrierSignal(), &action, nullptr) < 0) return {"sigaction", errno};
  sigset_t carrier;
  sigemptyset(&carrier);
  sigaddset(&carrier, CarrierSignal());
  pthread_sigmask(SIG_UNBLOCK, &carrier, nullptr);
  return {};
}

struct ThreadState {
  Mask blocked = 0;
  Mask pending = 0;
};

bool ReadThread(int folder, const char* thread, ThreadState& state) {
  char path[64];
  snprintf(path, sizeof path, "%s/status", thread);
  const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[8192];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return false;
  text[size] = '\0';
  const char* pending = strstr(text, "\nSigPnd:");
  const char* blocked = strstr(text, "\nSigBlk:");
  if (pending == nullptr || blocked == nullptr) return false;
  state.pending = strtoull(pending + 8, nullptr, 16);
  state.blocked = strtoull(blocked + 8, nullptr, 16);
  return true;
}

// What is still missing after one look at all threads.
enum class Missing { kNothing, kDeafThreads, kThreads };

class Round {
 public:
  Round(Mask wanted, bool block) : wanted_(wanted), block_(block) {}

  // Looks at every thread, and calls those that have not been called and have not changed.
  SysError Look(Missing& missing) {
    missing = Missing::kNothing;
    DIR* folder = opendir("/proc/self/task");
    if (folder == nullptr) return {"open", errno};
    while (const dirent* entry = readdir(folder)) {
      const pid_t thread = atoi(entry->d_name);
      if (thread <= 0 || thread == self_) continue;
      ThreadState state;
      if (!ReadThread(dirfd(folder), entry->d_name, state)) continue;  // it has ended
      const bool deaf = (state.blocked & BitOf(CarrierSignal())) != 0;
      // In a handler that holds every signal back, as those of libuv do, a thread only seems to have
      // changed: what counts is its mask when it returns.
      if (Has(state) && !deaf) continue;
      const bool called = (state.pending & BitOf(CarrierSignal())) != 0;
      // It blocked the carrier already when an earlier change was made: it will never hear.
      if (deaf && called && called_.count(thread) == 0) continue;
      // Again if need be: a call that interrupts the handler of an earlier one is undone by it.
      if (!called) {
        called_.insert(thread);
        syscall(SYS_tgkill, process_, thread, CarrierSignal());
      }
      missing = deaf && missing != Missing::kThreads ? Missing::kDeafThreads : Missing::kThreads;
    }
    closedir(folder);
    return {};
  }

 private:
  bool Has(const ThreadState& state) const {
    return block_ ? (wanted_ & ~state.blocked) == 0 : (wanted_ & state.blocked) == 0;
  }

  const Mask wanted_;
  const bool block_;
  const pid_t process_ = getpid();
  const pid_t self_ = static_cast<pid_t>(syscall(SYS_gettid));
  std::unordered_set<pid_t> called_;
};

double Now() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// A thread that blocks every signal does so for good, as Node's one for SIGUSR1, or for the moment,
// as a thread that begins; then it hears as soon as it unblocks them, and there is no use in waiting
// longer. Any other answers as soon as it gets a processor.
constexpr double kDeafMs = 20;
constexpr double kMostMs = 5000;

SysError ChangeOtherThreads(Mask wanted, bool block) {
  Round round(wanted, block);
  const double begun = Now();
  for (long pause = 20'000;; pause = pause < 1'000'000 ? pause * 2 : pause) {
    Missing missing;
    if (const SysError failure = round.Look(missing)) return failure;
    const double passed = Now() - begun;
    if (missing == Missing::kNothing) return {};
    if (missing == Missing::kDeafThreads && passed > kDeafMs) return {};
    if (passed > kMostMs) return {"tgkill", ETIMEDOUT};
    const struct timespec rest = {0, pause};
    nanosleep(&rest, nullptr);
  }
}

}  // namespace

SysError ChangeMaskOfProgram(const sigset_t& signals, bool block) {
  const std::lock_guard<std::mutex> lock(changing);
  Mask wanted = 0;
  for (int number = 1; number <= 64; number++) {
    const bool ours = number == CarrierSignal() || number == SIGKILL || number == SIGSTOP;
    if (!ours && sigismember(&signals, number) == 1) wanted |= BitOf(number);
  }
  if (wanted == 0) return {};
  if (const SysError failure = InstallCarrier()) return failure;
  if (block) {
    wanted_unblocked &= ~wanted;
    wanted_blocked |= wanted;
  } else {
    wanted_blocked &= ~wanted;
    wanted_unblocked |= wanted;
  }
  // Before the others when blocking and after them when unblocking: what is pending then arrives
  // here, where it was asked for.
  sigset_t own = signals;
  sigdelset(&own, CarrierSignal());
  if (block) pthread_sigmask(SIG_BLOCK, &own, nullptr);
  const SysError failure = ChangeOtherThreads(wanted, block);
  if (!block) pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  return failure;
}

SysError ReadMask(sigset_t& mask) {
  const int error = pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  if (error != 0) return {"pthread_sigmask", error};
  sigdelset(&mask, CarrierSignal());
  return {};
}
