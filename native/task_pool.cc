#include "task_pool.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pool {

State* state = new State;
bool works = false;
size_t wanted = 4;
size_t started = 0;

namespace {

// As the main thread's by default: V8 compiles deeply nested code on these threads.
constexpr size_t kStackSize = 8 << 20;

void MoveWhatIsDue() {
  const auto now = Clock::now();
  while (!state->delayed.empty() && state->delayed.begin()->first <= now) {
    state->tasks.push_back(std::move(state->delayed.begin()->second));
    state->delayed.erase(state->delayed.begin());
  }
}

// A thread of the pool. It ends with the process.
void* RunPool(void* name) {
  prctl(PR_SET_NAME, name);
  State& shared = *state;
  std::unique_lock<std::mutex> lock(shared.mutex);
  shared.threads.push_back(ThisThread());
  shared.quiet.notify_all();
  for (;;) {
    MoveWhatIsDue();
    if (shared.holding || (shared.tasks.empty() && shared.delayed.empty())) {
      shared.work.wait(lock);
    } else if (shared.tasks.empty()) {
      shared.work.wait_until(lock, shared.delayed.begin()->first);
    } else {
      TaskPointer task = std::move(shared.tasks.front().task);
      shared.tasks.pop_front();
      shared.busy++;
      lock.unlock();
      task->Run();
      task.reset();
      lock.lock();
      shared.busy--;
      shared.quiet.notify_all();
    }
  }
}

}  // namespace

pid_t ThisThread() {
  return static_cast<pid_t>(syscall(SYS_gettid));
}

Pause::~Pause() {
  std::unique_lock<std::mutex> lock(shared_.mutex);
  if (!Lasts()) return;
  shared_.resting.push_back(ThisThread());
  shared_.quiet.notify_all();
  while (Lasts()) {
    // Nobody wakes them when the doze begins.
    const auto now = Clock::now();
    if (shared_.holding) {
      shared_.work.wait_until(lock, now + kDoze);
    } else if (now < shared_.doze_end) {
      shared_.work.wait_until(lock, shared_.doze_end);
    } else {
      EndDoze();
    }
  }
}

bool StartThreads() {
  static char name[] = "brood-v8";
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  while (started < wanted && (started == 0 || started < state->busy + state->tasks.size())) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, RunPool, name) != 0) break;
    started++;
  }
  pthread_attr_destroy(&attributes);
  return started > 0;
}

// For when there is no thread to do it.
void DoOneHere() {
  std::unique_lock<std::mutex> lock(state->mutex);
  if (started > 0 || state->tasks.empty()) return;
  TaskPointer task = std::move(state->tasks.front().task);
  state->tasks.pop_front();
  lock.unlock();
  task->Run();
}

void PutInto(std::deque<Posted>& tasks, Posted posted) {
  // What the main thread is waiting for comes first.
  if (posted.priority == v8::TaskPriority::kUserBlocking) {
    tasks.push_front(std::move(posted));
  } else {
    tasks.push_back(std::move(posted));
  }
}

Clock::time_point DueIn(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

bool HasTasks() {
  std::lock_guard<std::mutex> lock(state->mutex);
  return !state->tasks.empty();
}

bool WaitUntilDone(std::chrono::milliseconds bound) {
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->quiet.wait_for(lock, bound,
                               [] { return state->busy == 0 && state->tasks.empty(); });
}

}  // namespace pool
