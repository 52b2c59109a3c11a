// The events of all processes, as the kernel's proc connector tells them. Source: linux/cn_proc.h.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sys.h"

struct RawEvent {
  uint32_t what;
  uint64_t nanoseconds;
  // pid, tgid, and up to four more that depend on what it is.
  int32_t numbers[6];
  std::string name;
};

// What came since the last look.
struct EventBatch {
  std::vector<RawEvent> events;
  bool lost = false;
  // The kernel stays silent: why, as the call and its errno; ETIMEDOUT: it did not answer.
  SysError silence;
};

class EventSource {
 public:
  // `notify` is called on the thread of the source, when there is something to take.
  explicit EventSource(std::function<void()> notify) : notify_(std::move(notify)) {}
  ~EventSource() { Stop(); }

  // A thread of its own reads, so that nothing is lost while JavaScript is busy.
  SysError Start();
  void Stop();
  // 0: the kernel tells events to this user, in these namespaces; or the errno, ETIMEDOUT for silence.
  static int Probe();
  EventBatch Take();

  // Whether the thread is that of a source. A fork can leave it behind.
  static bool IsThread(pid_t id);
  // In a forked child, when its event loop works again: the sources hear by themselves, and tell that
  // something was lost; or, without `restart`, nothing any more.
  static void RenewAll(bool restart);

 private:
  static void BeforeFork();
  static void AfterFork();
  SysError Open();
  SysError StartThread();
  // No fork looks at it any more.
  void Leave();
  void Renew(bool restart);
  void Run();
  bool Receive();
  void Message(const char* data, size_t size);
  void Subscribe(bool on);
  template <typename Change>
  void Add(Change change);

  std::function<void()> notify_;
  std::mutex mutex_;
  EventBatch batch_;
  std::condition_variable known_;
  pthread_t thread_ = {};
  // 0 until it has begun.
  pid_t thread_id_ = 0;
  // By which the answer to our subscription is known.
  uint32_t question_ = 0;
  bool running_ = false;
  std::atomic<bool> stopping_ = false;
  bool acknowledged_ = false;
  int socket_ = -1;
  int wake_ = -1;
};
