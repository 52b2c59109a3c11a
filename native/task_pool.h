// The tasks that the threads for background work share, and a pool that does them in a forked child.
// For worker_pool.cc, but for HasTasks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <v8-platform.h>

namespace pool {

using Clock = std::chrono::steady_clock;
using TaskPointer = std::unique_ptr<v8::Task>;

// How long Node's threads doze after a fork, if nothing comes. What Node does with them without asking the
// platform, as to join them at its end, is held up for so long at most.
constexpr auto kDoze = std::chrono::milliseconds(20);

struct Posted {
  TaskPointer task;
  v8::TaskPriority priority;
};

struct Delayed {
  TaskPointer task;
  v8::TaskPriority priority;
  double seconds;
};

// Everything that the threads share. In a child it is made anew, with the tasks of the old one: what
// threads that are no more had locked or waited for is not touched again.
struct State {
  std::mutex mutex;
  std::condition_variable work;   // there is something to do, or an end of the rest
  std::condition_variable quiet;  // a thread came to rest, or a task was done
  bool holding = false;

  // Posted while Node's threads were at rest, in a parent; or waiting for the pool, in a child.
  std::deque<Posted> tasks;
  std::multimap<Clock::time_point, Posted> delayed;
  std::vector<Delayed> held_delayed;

  // A child's pool.
  std::vector<pid_t> threads;
  size_t busy = 0;

  // Node's threads, in a parent: one count a rest, so that one of an earlier rest counts no more.
  uint64_t rest = 0;
  std::vector<pid_t> resting;
  size_t expected = 0;
  // After a rest they doze until then, or until there is something to do.
  bool dozing = false;
  Clock::time_point doze_end;
};

// One of these is posted for each of Node's threads, and holds it until the rest ends. It does so where
// it is thrown away: then Node has noted that it is done. A fork may be made by JavaScript that runs
// while Node waits for all its tasks, and its child would wait for ever for one that is not.
class Pause : public v8::Task {
 public:
  Pause(State& shared, uint64_t rest) : shared_(shared), rest_(rest) {}
  ~Pause() override;
  void Run() override {}

 private:
  bool Lasts() const {
    return shared_.rest == rest_ && (shared_.holding || shared_.dozing);
  }
  State& shared_;
  const uint64_t rest_;
};

// The one that counts now.
extern State* state;
// Whether the pool does the tasks: this is a forked child.
extern bool works;
// How many threads it may have, and how many were started.
extern size_t wanted;
extern size_t started;

pid_t ThisThread();

// Starts as many threads as there is something to do for, at most so many as it may have: most children
// end before they have much background work. The lock is held. False: there is not one thread, because
// the limits allow none.
bool StartThreads();
// Node's threads go on after a doze. The lock is held.
void EndDoze();
// For when there is no thread to do it.
void DoOneHere();
void PutInto(std::deque<Posted>& tasks, Posted posted);
// When what is to be done so many seconds from now is due.
Clock::time_point DueIn(double seconds);
// Whether something was posted since the threads came to rest.
bool HasTasks();
// Whether all was done within the bound.
bool WaitUntilDone(std::chrono::milliseconds bound);

}  // namespace pool
