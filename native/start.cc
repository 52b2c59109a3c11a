// fork + exec without the fork: clone(CLONE_VM | CLONE_VFORK) neither copies nor touches the parent's
// memory, so a start costs the same in a program of 50 MB and of 4 GB. The calling thread stands still
// until the exec; it is one of the pool's, never the loop's, except in the blocking forms.
#include <sys/mman.h>
#include <sys/wait.h>

#include "own_children.h"
#include "program.h"
#include "signals_blocked.h"

namespace {

// What the child needs between clone and exec is a few frames; execve(2) uses the kernel's memory.
constexpr size_t kStackSize = 64 * 1024;

// One stack a thread, kept for its life: a thread starts one child at a time.
char* ChildStack() {
  struct Stack {
    void* memory = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    ~Stack() {
      if (memory != MAP_FAILED) munmap(memory, kStackSize);
    }
  };
  static thread_local Stack stack;
  return stack.memory == MAP_FAILED ? nullptr : static_cast<char*>(stack.memory) + kStackSize;
}

struct ChildStart {
  ChildProgram* program;
  SpawnFailure* failure;
};

int RunChild(void* argument) {
  ChildStart* start = static_cast<ChildStart*>(argument);
  SetUpAndExec(*start->program, *start->failure);
  _exit(127);
}

}  // namespace

SpawnFailure Program::Start(bool want_pidfd) {
  SpawnFailure failure = Prepare();
  if (failure.failed) return failure;
  child.parent = getpid();
  ChildStart start{&child, &failure};
  char* stack = ChildStack();
  const int flags = CLONE_VM | CLONE_VFORK | (want_pidfd ? CLONE_PIDFD : 0) | SIGCHLD;
  if (stack == nullptr) {
    errno = ENOMEM;
    failure.Set(Stage::kClone, "mmap");
  } else {
    // One that came between clone and exec would run our handlers in the child, on our memory.
    const SignalsBlocked blocked;
    OwnStart own;
    pid = clone(RunChild, stack, flags, &start, &pidfd);
    if (pid > 0) own.Made(pid);
    if (pid < 0) failure.Set(Stage::kClone, "clone");
  }
  CloseMade();
  if (!failure.failed) return failure;
  CloseEnds();
  // It has only its exit left; nobody else may have learnt its pid.
  if (pid > 0) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid = -1;
  CloseAndForget(pidfd);
  return failure;
}
