// A program to start, laid out so that the child between clone and exec only reads it: every
// pointer array, path and number is made by the parent before.
#pragma once

#include <sched.h>

#include <cstddef>
#include <string>
#include <vector>

#include "sys.h"

// The steps of a start, in the order in which stages.ts names them.
enum class Stage : int {
  kResolve,
  kOpen,
  kPipe,
  kClone,
  kCgroup,
  kSession,
  kProcessGroup,
  kControllingTerminal,
  kDescriptors,
  kChdir,
  kUmask,
  kPriority,
  kScheduling,
  kAffinity,
  kIoPriority,
  kOomScoreAdjust,
  kRlimit,
  kGroups,
  kSetgid,
  kSetuid,
  kDeathSignal,
  kExec,
};

// One descriptor of the child. source is a descriptor of the parent, or -1 to close the target.
struct ChildDescriptor {
  int target;
  int source;
  // Made for this child alone: known to block, so nothing needs to be asked or changed.
  bool fresh;
};

struct ChildLimit {
  int resource;
  struct rlimit limit;
};

// What may be set besides program, environment and descriptors; `has` says which are.
struct ChildAttributes {
  enum Bit : uint32_t {
    kUid = 1 << 0,
    kGid = 1 << 1,
    kGroups = 1 << 2,
    kUmask = 1 << 3,
    kProcessGroup = 1 << 4,
    kSession = 1 << 5,
    kControllingTerminal = 1 << 6,
    kPriority = 1 << 7,
    kScheduling = 1 << 8,
    kAffinity = 1 << 9,
    kIoPriority = 1 << 10,
    kCgroup = 1 << 11,
    kOomScoreAdjust = 1 << 12,
    kDeathSignal = 1 << 13,
  };
  uint32_t has = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  mode_t umask = 0;
  pid_t process_group = 0;
  int controlling_terminal = 0;
  int priority = 0;
  int policy = 0;
  int policy_priority = 0;
  cpu_set_t affinity = {};
  int io_priority = 0;
  std::string cgroup_procs;  // the path of the cgroup's cgroup.procs
  std::string oom_score_adjust;
  int death_signal = 0;
  // Where the child tells its pid to the keeper, which then sees to the death of its whole tree;
  // -1: the kernel alone sees to its own.
  int keeper = -1;
  std::vector<ChildLimit> limits;

  bool Has(Bit bit) const { return (has & bit) != 0; }
};

// Where and why a start failed; the child writes it into the memory it shares with its parent.
struct SpawnFailure {
  bool failed = false;
  Stage stage = Stage::kResolve;
  SysError error;
  const char* path = nullptr;  // of the thing that failed; owned by the program

  // With the errno of the call that has just failed.
  void Set(Stage at, const char* syscall_name, const char* of = nullptr) {
    failed = true;
    stage = at;
    error = {syscall_name, errno};
    path = of;
  }
};

struct ChildProgram {
  std::vector<const char*> candidates;  // paths, in the order to try
  std::vector<char*> argv;              // room for a shell, then the arguments, then nullptr
  std::vector<char*> env;               // ends with nullptr
  const char* cwd = nullptr;
  std::vector<ChildDescriptor> descriptors;  // sorted by target
  ChildAttributes attributes;
  // Where the child writes its own pid, in digits and a NUL, in its environment: room for ten digits
  // (LISTEN_PID of sd_listen_fds(3)); nullptr: nowhere.
  char* pid_text = nullptr;
  // exec in place: strays stay open here, because they are marked close-on-exec and are wanted again
  // if it fails.
  bool in_place = false;
  // The signals that stay ignored, one bit each (1 is the lowest): for exec, what the program asked
  // to ignore. A new process gets defaults.
  uint64_t keep_ignored = 0;
  // Every signal stays blocked: for exec of a program that begins by asking what has come.
  bool hold_signals = false;
  pid_t parent = 0;  // to see, after deathSignal is set, whether it still lives; 0: not asked

  // The room in front of argv[0] that a script without "#!" needs.
  static constexpr size_t kShellRoom = 1;
  char** Argv() { return argv.data() + kShellRoom; }
};

// The steps up to exec, for a forked child that goes on as it is: its other descriptors stay open, and
// its signals are seen to elsewhere. False: `failure` is filled in.
bool SetUpForked(ChildProgram& program, SpawnFailure& failure);

// Everything from clone to exec. Returns only when it failed, with `failure` filled in.
void SetUpAndExec(ChildProgram& program, SpawnFailure& failure);
