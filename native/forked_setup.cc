#include "forked_setup.h"

#include <sys/eventfd.h>
#include <sys/wait.h>

#include "sys.h"

namespace {

[[noreturn]] void Fail(int report, const SpawnFailure& failure) {
  // What it points to is at the same place in the parent.
  const ssize_t size = write(report, &failure, sizeof failure);
  _exit(size == sizeof failure ? 127 : 1);
}

}  // namespace

void SetUp::Run() {
  ChildProgram& child = program_.child;
  // Node copes with descriptors that do not block, and the flag would change for the parent as well.
  for (ChildDescriptor& each : child.descriptors) each.fresh = true;
  const std::vector<ChildDescriptor> given = child.descriptors;
  SpawnFailure failure;
  if (!SetUpForked(child, failure)) Fail(report_, failure);
  for (size_t i = 0; i < given.size(); i++) {
    const ChildDescriptor& each = child.descriptors[i];
    if (each.source < 0) close(each.target);
    if (each.source != given[i].source) close(each.source);
    if (each.source >= 0 && each.target > 2) fcntl(each.target, F_SETFD, FD_CLOEXEC);
  }
  program_.CloseMade();
  program_.CloseEnds();
  CloseAndForget(report_);
}

SpawnFailure Placeholders::Take(const std::vector<int>& targets) {
  SpawnFailure failure;
  for (const int target : targets) {
    if (target <= 2 || fcntl(target, F_GETFD) >= 0) continue;
    int fd = eventfd(0, EFD_CLOEXEC);
    if (fd < 0 || (fd != target && dup3(fd, target, O_CLOEXEC) < 0)) {
      failure.Set(Stage::kDescriptors, fd < 0 ? "eventfd" : "dup3");
      CloseAndForget(fd);
      return failure;
    }
    if (fd != target) close(fd);
    taken_.push_back(target);
  }
  return failure;
}

void Placeholders::GiveBack() {
  for (const int fd : taken_) close(fd);
  taken_.clear();
}

SpawnFailure HearOf(int report) {
  SpawnFailure failure;
  ssize_t size;
  do {
    size = read(report, &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof failure) failure.failed = false;
  return failure;
}

void ReapFailed(Forked& forked) {
  while (waitpid(forked.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  CloseAndForget(forked.pidfd);
}
