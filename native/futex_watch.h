// Waits of the event loop on words of shared memory. A few threads of ours sleep for all of them.
#pragma once

#include <sys/types.h>

#include "mapping.h"
#include "shared_record.h"

// What a thread that waits tells when a word has changed; called with the lock of all waits held, so
// it must not wait for anything, and not add or remove one.
class WatchListener {
 public:
  virtual void Changed(uint32_t token) = 0;
  // In a forked child: what was told before the fork may not have reached its event loop.
  virtual void TellAgain() = 0;

 protected:
  ~WatchListener() = default;
};

struct Watch {
  WatchListener* listener = nullptr;
  uint32_t token = 0;
  Word* word = nullptr;
  uint32_t expected = 0;
  // Looked after now and then, while the wait lasts; may be nullptr.
  Record* record = nullptr;
  std::shared_ptr<Mapping> mapping;
};

// Tells the listener, once, when the word is not as expected, perhaps at once on another thread.
SysError AddWatch(const Watch& watch);
void RemoveWatch(const WatchListener* listener, uint32_t token);
// Afterwards none of its waits is told any more.
void RemoveWatches(const WatchListener* listener);

// Whether the thread is one of those that wait here. A fork can leave them behind: nothing that they
// hold is lost, and the child starts its own.
bool IsWatchThread(pid_t id);
// In a forked child, when its event loop works again: waits of the parent's are told as changed, so
// that they are asked again, by the child.
void RestartWatches();
