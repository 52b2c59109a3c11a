// The code between clone and exec.
//
// THE RULE OF THIS FILE: async-signal-safe calls only; no allocation, no lock, no library state. The
// child shares its parent's memory (CLONE_VM) and the parent's thread stands still (CLONE_VFORK).
// Calls that glibc would spread over all threads (set*id) are made as raw system calls, because the
// threads that glibc knows of are the parent's.
#include "child_setup.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <ctime>

#include "child_step.h"

namespace {

constexpr int kSignals = 64;

// What the kernel's rt_sigaction takes on the architectures Node runs on; only zeros are needed.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
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

// Writes a number in digits; gives the end.
char* WriteNumber(char* to, unsigned number) {
  char digits[12];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}

// "+PID SIGNAL" to the keeper; from here on it is known there, whatever becomes of the parent. False
// if there is no keeper, or it does not listen: MSG_NOSIGNAL, because a SIGPIPE would wait for the mask
// to be opened.
bool TellKeeper(const ChildAttributes& wanted) {
  if (wanted.keeper < 0) return false;
  char line[32];
  char* end = line;
  *end++ = '+';
  end = WriteNumber(end, static_cast<unsigned>(getpid()));
  *end++ = ' ';
  end = WriteNumber(end, static_cast<unsigned>(wanted.death_signal));
  *end++ = '\n';
  return send(wanted.keeper, line, static_cast<size_t>(end - line), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
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
  // First, while the keeper's descriptor is still open here.
  const bool kept = TellKeeper(wanted);
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
  if (!SetScheduling(wanted, step) || !SetLimits(wanted, step) || !SetIdentity(wanted, step)) {
    return false;
  }
  return kept || SetDeathSignal(program, step);
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

bool SetUpForked(ChildProgram& program, SpawnFailure& failure) {
  Step step{failure};
  program.in_place = true;
  return SetUp(program, step);
}

void SetUpAndExec(ChildProgram& program, SpawnFailure& failure) {
  Step step{failure};
  if (!SetUp(program, step)) return;
  ResetSignals(program.keep_ignored);
  if (!program.hold_signals) OpenMask();
  if (program.pid_text != nullptr) {
    *WriteNumber(program.pid_text, static_cast<unsigned>(getpid())) = '\0';
  }
  ExecFirst(program, step);
}
