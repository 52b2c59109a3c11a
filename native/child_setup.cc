// The code between clone and exec.
//
// THE RULE OF THIS FILE: async-signal-safe calls only; no allocation, no lock, no library state. The
// child shares its parent's memory (CLONE_VM) and the parent's thread stands still (CLONE_VFORK).
// Calls that glibc would spread over all threads (set*id) are made as raw system calls, because the
// threads that glibc knows of are the parent's.
#include "child_setup.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <ctime>

namespace {

constexpr int kSignals = 64;

// What the kernel's rt_sigaction takes on the architectures Node runs on; only zeros are needed.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

struct Step {
  SpawnFailure& failure;

  bool Fail(Stage stage, const char* syscall_name, const char* path = nullptr) {
    return FailWith(stage, syscall_name, errno, path);
  }

  bool FailWith(Stage stage, const char* syscall_name, int error, const char* path = nullptr) {
    failure.stage = stage;
    failure.error = {syscall_name, error};
    failure.path = path;
    failure.failed = true;
    return false;
  }
};

bool WriteFile(const char* path, const char* text, size_t length) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t written = write(fd, text, length);
  const int error = errno;
  close(fd);
  errno = error;
  return written == static_cast<ssize_t>(length);
}

// A handler of the parent that ran here would write into the parent's memory, so everything is
// default before the mask is opened. 32 and 33 are glibc's own, which only the raw call reaches.
void ResetSignals(uint64_t keep_ignored) {
  for (int number = 1; number <= kSignals; number++) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    if ((keep_ignored >> (number - 1) & 1) != 0) continue;
    KernelSigaction action = {};
    syscall(SYS_rt_sigaction, number, &action, nullptr, sizeof(action.mask));
  }
}

void OpenMask() {
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof(none));
}

// Descriptors 0, 1 and 2 of a program block. A pipe or FIFO is opened anew, because the flag belongs
// to the open file, which the parent may be using without blocking; others are switched.
bool MakeBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) == 0) return true;
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
    char path[32] = "/proc/self/fd/";
    char* end = path + 14;
    if (fd >= 10) *end++ = static_cast<char>('0' + fd / 10);
    *end++ = static_cast<char>('0' + fd % 10);
    *end = '\0';
    const int fresh = open(path, (flags & O_ACCMODE) | O_CLOEXEC);
    if (fresh >= 0) {
      const bool moved = dup2(fresh, fd) == fd;
      close(fresh);
      if (moved) return true;
    }
  }
  return fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

// Closes first..last without close_range(2) (before Linux 5.9, or forbidden by seccomp).
void CloseOneByOne(unsigned first, unsigned last) {
  struct rlimit limit = {};
  unsigned bound = 65536;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < bound) {
    bound = static_cast<unsigned>(limit.rlim_cur);
  }
  const int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    for (unsigned fd = first; fd <= last && fd < bound; fd++) close(static_cast<int>(fd));
    return;
  }
  struct Entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  alignas(8) char buffer[2048];
  // Closing while reading may skip entries of this pass, so passes are made until one closes nothing.
  for (bool closed = true; closed;) {
    closed = false;
    lseek(folder, 0, SEEK_SET);
    for (;;) {
      const long size = syscall(SYS_getdents64, folder, buffer, sizeof(buffer));
      if (size <= 0) break;
      for (long at = 0; at < size;) {
        const Entry* entry = reinterpret_cast<const Entry*>(buffer + at);
        at += entry->length;
        unsigned fd = 0;
        const char* digit = entry->name;
        if (*digit < '0' || *digit > '9') continue;
        for (; *digit >= '0' && *digit <= '9'; digit++) fd = fd * 10 + static_cast<unsigned>(*digit - '0');
        if (fd < first || fd > last || static_cast<int>(fd) == folder) continue;
        if (close(static_cast<int>(fd)) == 0) closed = true;
      }
    }
  }
  // It has close-on-exec; where it stands in the range it must not be what the child asked for.
  close(folder);
}

void CloseRange(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
  CloseOneByOne(first, last);
}

bool IsTarget(const std::vector<ChildDescriptor>& descriptors, int fd) {
  for (const ChildDescriptor& each : descriptors) {
    if (each.target == fd && each.source >= 0) return true;
  }
  return false;
}

// A copy of `fd` at a free number that no descriptor is to go to.
int MoveAside(const std::vector<ChildDescriptor>& descriptors, int fd) {
  for (int lowest = 3;;) {
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    if (moved < 0 || !IsTarget(descriptors, moved)) return moved;
    close(moved);
    lowest = moved + 1;
  }
}

// What stands where another one is to go is moved aside first, so that swaps and chains of any shape
// land right.
bool ClearTargets(std::vector<ChildDescriptor>& descriptors, Step& step) {
  for (ChildDescriptor& each : descriptors) {
    if (each.source < 0 || each.source == each.target) continue;
    if (!IsTarget(descriptors, each.source)) continue;
    const int moved = MoveAside(descriptors, each.source);
    if (moved < 0) return step.Fail(Stage::kDescriptors, "fcntl");
    each.source = moved;
  }
  return true;
}

bool PlaceDescriptors(const std::vector<ChildDescriptor>& descriptors, Step& step) {
  for (const ChildDescriptor& each : descriptors) {
    if (each.source < 0) continue;
    if (each.source == each.target) {
      if (fcntl(each.target, F_SETFD, 0) < 0) return step.Fail(Stage::kDescriptors, "fcntl");
    } else if (dup2(each.source, each.target) < 0) {
      return step.Fail(Stage::kDescriptors, "dup2");
    }
    if (each.target <= 2 && !each.fresh && !MakeBlocking(each.target)) {
      return step.Fail(Stage::kDescriptors, "fcntl");
    }
  }
  return true;
}

// Leaves open what was asked for and nothing else; `descriptors` are sorted by target.
void CloseOthers(const std::vector<ChildDescriptor>& descriptors) {
  unsigned next = 0;
  for (const ChildDescriptor& each : descriptors) {
    if (each.source < 0) continue;
    const unsigned target = static_cast<unsigned>(each.target);
    if (target > next) CloseRange(next, target - 1);
    next = target + 1;
  }
  CloseRange(next, ~0U);
}

bool ArrangeDescriptors(ChildProgram& program, Step& step) {
  if (!ClearTargets(program.descriptors, step)) return false;
  if (!PlaceDescriptors(program.descriptors, step)) return false;
  if (!program.in_place) CloseOthers(program.descriptors);
  return true;
}

bool JoinGroups(const ChildAttributes& wanted, Step& step) {
  if (wanted.Has(ChildAttributes::kCgroup) && !WriteFile(wanted.cgroup_procs.c_str(), "0", 1)) {
    return step.Fail(Stage::kCgroup, "write", wanted.cgroup_procs.c_str());
  }
  if (wanted.Has(ChildAttributes::kSession) && setsid() < 0) {
    return step.Fail(Stage::kSession, "setsid");
  }
  if (wanted.Has(ChildAttributes::kProcessGroup) && setpgid(0, wanted.process_group) < 0) {
    return step.Fail(Stage::kProcessGroup, "setpgid");
  }
  return true;
}

bool SetScheduling(const ChildAttributes& wanted, Step& step) {
  if (wanted.Has(ChildAttributes::kScheduling)) {
    struct sched_param parameter = {};
    parameter.sched_priority = wanted.policy_priority;
    if (sched_setscheduler(0, wanted.policy, &parameter) < 0) {
      return step.Fail(Stage::kScheduling, "sched_setscheduler");
    }
  }
  if (wanted.Has(ChildAttributes::kPriority) && setpriority(PRIO_PROCESS, 0, wanted.priority) < 0) {
    return step.Fail(Stage::kPriority, "setpriority");
  }
  if (wanted.Has(ChildAttributes::kAffinity) &&
      sched_setaffinity(0, sizeof(wanted.affinity), &wanted.affinity) < 0) {
    return step.Fail(Stage::kAffinity, "sched_setaffinity");
  }
  if (wanted.Has(ChildAttributes::kIoPriority) &&
      syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, wanted.io_priority) < 0) {
    return step.Fail(Stage::kIoPriority, "ioprio_set");
  }
  if (wanted.Has(ChildAttributes::kOomScoreAdjust) &&
      !WriteFile("/proc/self/oom_score_adj", wanted.oom_score_adjust.c_str(),
                 wanted.oom_score_adjust.size())) {
    return step.Fail(Stage::kOomScoreAdjust, "write", "/proc/self/oom_score_adj");
  }
  return true;
}

bool SetLimits(const ChildAttributes& wanted, Step& step) {
  for (const ChildLimit& each : wanted.limits) {
    if (syscall(SYS_prlimit64, 0, each.resource, &each.limit, nullptr) < 0) {
      return step.Fail(Stage::kRlimit, "prlimit");
    }
  }
  return true;
}

// Last of all that needs privilege. Groups before gid before uid: each step may take away the right
// to the next.
bool SetIdentity(const ChildAttributes& wanted, Step& step) {
  if (wanted.Has(ChildAttributes::kGroups) &&
      syscall(SYS_setgroups, wanted.groups.size(), wanted.groups.data()) < 0) {
    return step.Fail(Stage::kGroups, "setgroups");
  }
  if (wanted.Has(ChildAttributes::kGid) &&
      syscall(SYS_setresgid, wanted.gid, wanted.gid, wanted.gid) < 0) {
    return step.Fail(Stage::kSetgid, "setresgid");
  }
  if (wanted.Has(ChildAttributes::kUid) &&
      syscall(SYS_setresuid, wanted.uid, wanted.uid, wanted.uid) < 0) {
    return step.Fail(Stage::kSetuid, "setresuid");
  }
  return true;
}

// After the change of identity, which clears it (prctl(2)). The parent may have died before it was
// set, and then it would never fire.
bool SetDeathSignal(const ChildProgram& program, Step& step) {
  if (!program.attributes.Has(ChildAttributes::kDeathSignal)) return true;
  if (prctl(PR_SET_PDEATHSIG, program.attributes.death_signal) < 0) {
    return step.Fail(Stage::kDeathSignal, "prctl");
  }
  if (program.parent != 0 && getppid() != program.parent) {
    return step.FailWith(Stage::kDeathSignal, "prctl", ESRCH);
  }
  return true;
}

bool SetUp(ChildProgram& program, Step& step) {
  const ChildAttributes& wanted = program.attributes;
  const bool any = wanted.has != 0 || !wanted.limits.empty();
  if (any && !JoinGroups(wanted, step)) return false;
  if (!ArrangeDescriptors(program, step)) return false;
  if (wanted.Has(ChildAttributes::kControllingTerminal) &&
      ioctl(wanted.controlling_terminal, TIOCSCTTY, 0) < 0) {
    return step.Fail(Stage::kControllingTerminal, "ioctl");
  }
  if (program.cwd != nullptr && chdir(program.cwd) < 0) {
    return step.Fail(Stage::kChdir, "chdir", program.cwd);
  }
  if (!any) return true;
  if (wanted.Has(ChildAttributes::kUmask)) umask(wanted.umask);
  return SetScheduling(wanted, step) && SetLimits(wanted, step) && SetIdentity(wanted, step) &&
         SetDeathSignal(program, step);
}

// A program that somebody still has open for writing (often a fork of another thread that is about
// to exec) is tried again for about 60 ms in all.
int ExecvePatiently(const char* path, char** argv, char** env) {
  for (long wait_ms = 1;; wait_ms *= 2) {
    execve(path, argv, env);
    if (errno != ETXTBSY || wait_ms > 32) return errno;
    struct timespec pause = {0, wait_ms * 1000000};
    nanosleep(&pause, nullptr);
  }
}

// A script without "#!" is /bin/sh's, as with execvp(3).
int ExecveAsScript(const char* path, char** argv, char** env) {
  static char shell[] = "/bin/sh";
  char* first = argv[0];
  argv[-1] = shell;
  argv[0] = const_cast<char*>(path);
  const int error = ExecvePatiently(shell, argv - 1, env);
  argv[0] = first;
  return error;
}

// The order of execvp(3): what is not there or may not be executed is passed over, and a refusal is
// reported in preference to an absence.
void ExecFirst(ChildProgram& program, Step& step) {
  const char* refused = nullptr;
  int error = ENOENT;
  const char* path = nullptr;
  for (const char* candidate : program.candidates) {
    path = candidate;
    error = ExecvePatiently(candidate, program.Argv(), program.env.data());
    if (error == ENOEXEC) error = ExecveAsScript(candidate, program.Argv(), program.env.data());
    if (error == EACCES && refused == nullptr) refused = candidate;
    if (error != ENOENT && error != ENOTDIR && error != EACCES && error != ENODEV) break;
  }
  const bool skippable = error == ENOENT || error == ENOTDIR || error == ENODEV;
  if (refused != nullptr && skippable) {
    error = EACCES;
    path = refused;
  }
  step.FailWith(Stage::kExec, "execve", error, path);
}

}  // namespace

void SetUpAndExec(ChildProgram& program, SpawnFailure& failure) {
  Step step{failure};
  if (!SetUp(program, step)) return;
  ResetSignals(program.keep_ignored);
  OpenMask();
  ExecFirst(program, step);
}
