#include "event_source.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <sys/random.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "stranger.h"

namespace {

// The kernel answers a subscription at once, or, outside of the first namespaces, never.
constexpr int kAnswerMs = 500;
// Room for some 30,000 events, where we may have it.
constexpr int kRoom = 16 << 20;
// More than this is not kept for a program that does not take it.
constexpr size_t kMostKept = 1 << 18;

// After the header, that `what`, cpu and time are: the union of cn_proc.h, as numbers.
struct Event {
  uint32_t what;
  uint32_t cpu;
  uint64_t nanoseconds;
  int32_t numbers[6];
};

// A netlink header, struct cn_msg, and what is asked.
constexpr size_t kSubscriptionSize = NLMSG_HDRLEN + sizeof(cn_msg) + sizeof(uint32_t);

// PROC_EVENT_* of cn_proc.h, which has them inside of a struct or outside, by its version.
constexpr uint32_t kFork = 0x1, kExec = 0x2, kComm = 0x200, kExit = 0x80000000;

// Threads begin, end and are named as processes are.
bool IsOfThread(const RawEvent& event) {
  const int32_t* of = event.what == kFork ? event.numbers + 2 : event.numbers;
  return (event.what == kFork || event.what == kExit || event.what == kComm) && of[0] != of[1];
}

// The name of a program that has just been executed, if it is still there.
std::string NameOf(pid_t pid) {
  char path[32], name[64];
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  const ssize_t size = read(fd, name, sizeof name);
  close(fd);
  // It ends with a line feed.
  return size <= 1 ? "" : std::string(name, static_cast<size_t>(size - 1));
}

}  // namespace

SysError EventSource::Open() {
  socket_ = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
  if (socket_ < 0) return {"socket", errno};
  if (setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &kRoom, sizeof kRoom) < 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &kRoom, sizeof kRoom);
  }
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return {"bind", errno};
  }
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return {"eventfd", errno};
  return {};
}

SysError EventSource::Start() {
  SysError failure = Open();
  if (!failure) {
    Subscribe(true);
    if (errno != 0) failure = {"send", errno};
  }
  if (!failure) failure = StartThread();
  if (failure) {
    CloseAndForget(socket_);
    CloseAndForget(wake_);
  }
  return failure;
}

void EventSource::Subscribe(bool on) {
  alignas(nlmsghdr) char request[kSubscriptionSize] = {};
  nlmsghdr header = {};
  header.nlmsg_len = sizeof request;
  header.nlmsg_type = NLMSG_DONE;
  cn_msg message = {};
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  const uint32_t operation = on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE;
  message.len = sizeof operation;
  if (on) getrandom(&question_, sizeof question_, 0);
  // The kernel numbers its answers by itself; this alone comes back, and one more.
  message.ack = question_;
  memcpy(request, &header, sizeof header);
  memcpy(request + NLMSG_HDRLEN, &message, sizeof message);
  memcpy(request + NLMSG_HDRLEN + sizeof message, &operation, sizeof operation);
  errno = 0;
  if (send(socket_, request, sizeof request, 0) >= 0) errno = 0;
}

int EventSource::Probe() {
  EventSource source([] {});
  SysError failure = source.Open();
  if (!failure) {
    source.Subscribe(true);
    if (errno != 0) failure = {"send", errno};
  }
  // The kernel answers before send(2) returns, where it does.
  if (!failure) {
    while (!source.acknowledged_ && source.Receive()) {
    }
    source.Subscribe(false);
  }
  CloseAndForget(source.socket_);
  CloseAndForget(source.wake_);
  if (failure) return failure.error;
  return source.acknowledged_ ? 0 : ETIMEDOUT;
}

void EventSource::Stop() {
  if (!running_) return;
  running_ = false;
  stopping_ = true;
  const uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  pthread_join(thread_, nullptr);
  Leave();
  // So that the kernel need not make events that nobody hears.
  Subscribe(false);
  CloseAndForget(socket_);
  CloseAndForget(wake_);
}

EventBatch EventSource::Take() {
  const std::lock_guard<std::mutex> guard(mutex_);
  return std::exchange(batch_, {});
}

template <typename Change>
void EventSource::Add(Change change) {
  bool was_empty;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    was_empty = batch_.events.empty() && !batch_.lost && !batch_.silence;
    change(batch_);
  }
  if (was_empty) notify_();
}

void EventSource::Run() {
  pthread_setname_np(pthread_self(), "brood-events");
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    thread_id_ = static_cast<pid_t>(syscall(SYS_gettid));
  }
  known_.notify_one();
  const int64_t until = NowMs() + kAnswerMs;
  while (!stopping_) {
    const int64_t left = acknowledged_ ? -1 : until - NowMs();
    if (!acknowledged_ && left <= 0) {
      return Add([](EventBatch& batch) { batch.silence = {"recv", ETIMEDOUT}; });
    }
    pollfd entries[] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(entries, 2, static_cast<int>(left)) < 0 && errno != EINTR) return;
    while (!stopping_ && Receive()) {
    }
  }
}

// False: nothing is there at the moment.
bool EventSource::Receive() {
  char buffer[4096];
  sockaddr_nl from = {};
  socklen_t from_size = sizeof from;
  const ssize_t size = recvfrom(socket_, buffer, sizeof buffer, 0,
                                reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size < 0) {
    if (errno == ENOBUFS) {
      Add([](EventBatch& batch) { batch.lost = true; });
      return true;
    }
    return errno == EINTR;
  }
  // Port 0 is the kernel: any user may send to us.
  if (from.nl_pid == 0) Message(buffer, static_cast<size_t>(size));
  return true;
}

void EventSource::Message(const char* data, size_t size) {
  const size_t header = NLMSG_HDRLEN + sizeof(cn_msg);
  if (size < header) return;
  cn_msg message;
  memcpy(&message, data + NLMSG_HDRLEN, sizeof message);
  if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC) return;
  Event event = {};
  memcpy(&event, data + header, std::min(size - header, sizeof event));
  if (event.what == 0) {
    // PROC_EVENT_NONE: the answer to a subscription, which all that listen get to see.
    if (message.ack != question_ + 1) return;
    acknowledged_ = true;
    return Add([&](EventBatch& batch) {
      batch.events.push_back({0, event.nanoseconds, {event.numbers[0]}, ""});
    });
  }
  // Another program's subscription brings events here too, but with the pids of another namespace.
  if (!acknowledged_) return;
  RawEvent raw = {event.what, event.nanoseconds, {}, ""};
  memcpy(raw.numbers, event.numbers, sizeof raw.numbers);
  if (IsOfThread(raw)) return;
  if (event.what == kExec) raw.name = NameOf(raw.numbers[1]);
  if (event.what == kComm) {
    // comm: the name stands where other events have numbers.
    const char* name = data + header + offsetof(Event, numbers) + 2 * sizeof(int32_t);
    raw.name.assign(name, strnlen(name, 16));
  }
  Add([&](EventBatch& batch) {
    if (batch.events.size() >= kMostKept) {
      batch.lost = true;
    } else {
      batch.events.push_back(std::move(raw));
    }
  });
}
