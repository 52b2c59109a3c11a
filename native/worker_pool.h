// The threads on which V8 does its background work (garbage collection, compilation). Node owns them;
// a fork does not take them along. Before a fork they are brought to rest; in the child, where they do
// not exist, a pool of ours does their work from then on.
//
// How: node::NodePlatform hands background work to its threads in virtual functions. From the moment
// the threads are being brought to rest, the platform has a copy of its own table with those functions
// replaced: what is posted meanwhile is held. The child keeps the copy, and what was held starts its
// pool. In the parent what was held goes to Node's threads. When there was nothing, they doze for a
// moment: to wake them takes the processor, and pages of the parent, from a child that needs both, and
// the next fork often follows soon. The first task that is posted ends the doze; then the parent has its
// own table back, and runs Node's code and nothing else.
#pragma once

#include <sys/types.h>

#include <vector>

// All of it is for the main thread, except where it says otherwise.
class BackgroundWork {
 public:
  static BackgroundWork& Get();

  // nullptr when the platform of this program can be worked with; otherwise why not.
  const char* Attach(void* platform);

  // Begins to bring the threads to rest, without waiting.
  void BeginRest();
  // Waits for that, at most so long. A thread may need the main one to come to rest: it waits for a
  // garbage collection that only the main one starts. So between the waits JavaScript must run.
  bool WaitForRest(int milliseconds);
  // The threads go on, or doze until there is something to do, in a parent for a moment at most.
  void EndRest();
  // They do not doze any longer.
  void Wake();

  // Around the fork itself, while all rest: our own state is whole and nobody's.
  void Lock();
  void Unlock();
  // Instead of Unlock in the child. No thread is started before EndRest: a task may wake the event loop,
  // which is not there yet.
  void StartAnew();

  // Waits until nothing is left to do, as the end of the loop does.
  void Drain();

  // Whether this is a forked child, whose background threads are ours.
  bool IsOurs() const { return ours_; }
  // The threads that do the work: those that rest, or in a child those of the pool.
  std::vector<pid_t> Threads() const;

 private:
  BackgroundWork() = default;

  bool ours_ = false;
};
