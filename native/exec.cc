// exec in place. It either never returns, or leaves this program as it was: descriptors, their
// flags, working directory, umask, signals and mask are put back. Limits, priorities and identity
// that were asked for and set before the failure are not; what fails most often, a program that is
// not there or may not be executed, is found before anything is touched.
#include <sys/stat.h>
#include <uv.h>

#include <dirent.h>

#include <cstdlib>
#include <vector>

#include "ignored.h"
#include "js.h"
#include "program.h"
#include "spawn_js.h"
#include "topics.h"

namespace {

// The errno with which execve would refuse this path, as far as it can be seen from outside.
int ErrorOfCandidate(const char* path) {
  struct stat status;
  if (stat(path, &status) < 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

SpawnFailure CheckCandidates(const ChildProgram& program) {
  SpawnFailure failure;
  failure.failed = true;
  failure.stage = Stage::kExec;
  failure.error = {"execve", ENOENT};
  for (const char* candidate : program.candidates) {
    const int error = ErrorOfCandidate(candidate);
    if (error == 0) return {};
    if (failure.path == nullptr || (error != ENOENT && error != ENOTDIR)) {
      failure.path = candidate;
      failure.error.error = error;
    }
  }
  return failure;
}

std::vector<int> OpenDescriptors() {
  std::vector<int> open_now;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return open_now;
  while (const dirent* entry = readdir(folder)) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(folder)) open_now.push_back(fd);
  }
  closedir(folder);
  return open_now;
}

bool Contains(const std::vector<int>& numbers, int number) {
  for (int each : numbers) {
    if (each == number) return true;
  }
  return false;
}

// This program as it was before the attempt.
class Snapshot {
 public:
  explicit Snapshot(const ChildProgram& program) {
    open_ = OpenDescriptors();
    for (int fd : open_) {
      const int flags = fcntl(fd, F_GETFD);
      if (flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited_.push_back(fd);
    }
    for (const ChildDescriptor& each : program.descriptors) SaveTarget(each.target);
    folder_ = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    mask_ = umask(0);
    umask(mask_);
    for (int number = 1; number < NSIG; number++) sigaction(number, nullptr, &actions_[number]);
    pthread_sigmask(SIG_SETMASK, nullptr, &signals_);
  }

  // Whatever the new program was not given is not to reach it.
  void HideOthers() {
    for (int fd : inherited_) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }

  void Restore() {
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
    for (int number = 1; number < NSIG; number++) sigaction(number, &actions_[number], nullptr);
    umask(mask_);
    if (folder_ >= 0 && fchdir(folder_) == 0) CloseAndForget(folder_);
    for (const Saved& each : saved_) RestoreTarget(each);
    for (int fd : OpenDescriptors()) {
      if (!Contains(open_, fd)) close(fd);
    }
    for (int fd : inherited_) fcntl(fd, F_SETFD, 0);
  }

 private:
  struct Saved {
    int target;
    int copy;  // -1: nothing was open there
    int flags;
    int status;
  };

  void SaveTarget(int target) {
    const int flags = fcntl(target, F_GETFD);
    if (flags < 0) {
      saved_.push_back({target, -1, 0, 0});
      return;
    }
    saved_.push_back({target, fcntl(target, F_DUPFD_CLOEXEC, 3), flags, fcntl(target, F_GETFL)});
  }

  static void RestoreTarget(const Saved& saved) {
    if (saved.copy < 0) {
      close(saved.target);
      return;
    }
    dup3(saved.copy, saved.target, (saved.flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    fcntl(saved.target, F_SETFL, saved.status);
  }

  std::vector<int> open_;
  std::vector<int> inherited_;
  std::vector<Saved> saved_;
  int folder_ = -1;
  mode_t mask_ = 0;
  struct sigaction actions_[NSIG];
  sigset_t signals_;
};

// exec(holdSignals, …program)
Napi::Value Exec(const Napi::CallbackInfo& info) {
  Program program(info, 1);
  program.child.hold_signals = info[0].As<Napi::Boolean>();
  program.child.in_place = true;
  program.child.keep_ignored = IgnoredOnPurpose();
  SpawnFailure failure = CheckCandidates(program.child);
  if (!failure.failed) failure = program.Prepare();
  if (!failure.failed) {
    Snapshot snapshot(program.child);
    snapshot.HideOthers();
    uv_tty_reset_mode();
    SetUpAndExec(program.child, failure);
    snapshot.Restore();
    program.Abandon();
  }
  ThrowSpawnFailure(info.Env(), failure);
  return info.Env().Undefined();
}

}  // namespace

void RegisterExec(Napi::Env env, Napi::Object exports) {
  exports.Set("exec", Napi::Function::New(env, Exec, "exec"));
}
