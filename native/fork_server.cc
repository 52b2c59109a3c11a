// The fork server: a process that has imported what its tasks need, came to rest, and from then on does
// nothing but fork when it is asked to. Its JavaScript and its event loop never run again: what goes on
// in them goes on in the children.
//
// It is asked over a socket, by a zero byte for each child; any other one ends it. It answers in headers of two numbers, a kind and a
// value, and with a child goes what the program needs of it: its end of a socket pair to the child, and
// the pidfd. The end of the socket is the end of the server.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "fork_gates.h"
#include "fork_steps.h"
#include "forked_child.h"
#include "instance.h"
#include "js.h"
#include "memory_map.h"
#include "sibling.h"
#include "signals_blocked.h"
#include "topics.h"

namespace {

// As src/platform/linux/fork-server-words.ts has them.
enum class Answer : int32_t { kServing = 1, kForked = 2, kNotForked = 3 };

struct Header {
  Answer kind;
  int32_t value;
};

bool Send(int socket, Header header, const int* descriptors, size_t count) {
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  iovec data = {&header, sizeof header};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* const carried = CMSG_FIRSTHDR(&message);
    carried->cmsg_level = SOL_SOCKET;
    carried->cmsg_type = SCM_RIGHTS;
    carried->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(carried), descriptors, count * sizeof(int));
  }
  // The program makes the socket non-blocking when it likes to.
  for (;;) {
    if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return true;
    if (errno == EAGAIN) {
      struct pollfd entry = {socket, POLLOUT, 0};
      poll(&entry, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
}

// False at the end, and when it is told to go.
bool IsAsked(int socket) {
  for (;;) {
    char byte;
    const ssize_t size = recv(socket, &byte, 1, 0);
    if (size > 0) return byte == 0;
    if (size == 0 || (errno != EINTR && errno != EAGAIN)) return false;
    if (errno == EAGAIN) {
      struct pollfd entry = {socket, POLLIN, 0};
      poll(&entry, 1, -1);
    }
  }
}

class Server {
 public:
  Server(Napi::Env env, int socket) : env_(env), socket_(socket), program_(getppid()) {}

  // Returns in a child, with the socket to the program; in the server never.
  int Serve(Rest& rest) {
    if (!Send(socket_, {Answer::kServing, 0}, nullptr, 0)) _exit(0);
    while (IsAsked(socket_)) {
      const int control = Fork(rest);
      if (control >= 0) return control;
    }
    _exit(0);
  }

 private:
  // The child's end in the child; -1 in the server, when it has answered.
  int Fork(Rest& rest) {
    int pair[2];
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return Answered(errno);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
      const int error = errno;
      close(epoll);
      return Answered(error);
    }
    const SignalsBlocked blocked;
    const bool want_pidfd = Instance::Of(env_).UsesPidfd();
    int pidfd = -1;
    int error = 0;
    pid_t pid;
    {
      Held held(env_);
      pid = SiblingMaker::Get().Make(want_pidfd ? &pidfd : nullptr);
      if (pid == 0) {
        BecomeChild(rest, held, epoll);
        close(pair[0]);
        return pair[1];
      }
      error = errno;
    }
    close(epoll);
    close(pair[1]);
    if (pid < 0) {
      close(pair[0]);
      return Answered(error);
    }
    const int carried[] = {pair[0], pidfd};
    const bool sent = Send(socket_, {Answer::kForked, pid}, carried, pidfd < 0 ? 1 : 2);
    close(pair[0]);
    CloseAndForget(pidfd);
    // The program is gone; the child sees it by the end of its socket.
    if (!sent) _exit(0);
    return -1;
  }

  int Answered(int error) {
    if (!Send(socket_, {Answer::kNotForked, error}, nullptr, 0)) _exit(0);
    return -1;
  }

  void BecomeChild(Rest& rest, Held& held, int epoll) {
    // Until it is set up it dies with the program, whatever it is in the middle of.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != program_) _exit(0);
    close(socket_);
    rest.BecameChild();
    held.BecameChild(epoll, true, true);
  }

  const Napi::Env env_;
  const int socket_;
  const pid_t program_;
};

// serveForks(socket, tick, settleMs, caches): the control descriptor in a child; [code, detail] where
// this process cannot serve. It never returns in the server.
Napi::Value ServeForks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Deadline deadline(info[2].As<Napi::Number>().Int64Value());
  if (const char* reason = CannotFork()) return Refuse(env, {"unable", reason});
  if (const Refusal refusal = SettleRequests(LoopOf(env), deadline)) return Refuse(env, refusal);
  const RandomCaches caches(info[3].As<Napi::Array>());
  int control = -1;
  {
    Rest rest;
    SysError failure;
    Refusal refusal = rest.Await(info[1].As<Napi::Function>(), deadline);
    if (!refusal) refusal = CheckThreads(LoopOf(env), deadline, failure);
    if (!refusal) refusal = SettleRequests(LoopOf(env), deadline);
    fflush(nullptr);
    if (!refusal && !failure) failure = MakeMemoryInheritable();
    if (!refusal && !failure) {
      const SignalsBlocked blocked;
      if (const char* reason = SiblingMaker::Get().Prepare()) refusal = {"unable", reason};
    }
    if (refusal) return Refuse(env, refusal);
    if (failure) {
      ThrowSys(env, failure);
      return env.Undefined();
    }
    control = Server(env, IntOf(info[0])).Serve(rest);
  }
  Reseed();
  caches.Refill();
  return Napi::Number::New(env, control);
}

}  // namespace

void RegisterForkServer(Napi::Env env, Napi::Object exports) {
  exports.Set("serveForks", Napi::Function::New(env, ServeForks, "serveForks"));
}
