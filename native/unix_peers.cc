// The other ends of unix sockets: one question to the kernel for all of them, for any user.
// Source: sock_diag(7), Linux 3.3.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <vector>

#include "js.h"
#include "pool_job.h"
#include "topics.h"

namespace {

constexpr int kAllStates = -1;
constexpr int kPatienceSeconds = 5;

struct Request {
  nlmsghdr header;
  unix_diag_req body;
};

class UnixPeersJob : public PoolJob {
 public:
  // Packs pairs of inodes, each socket and its peer.
  SysError Run() override {
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return {"socket", errno};
    // The kernel answers at once; nobody waits for ever where it does not.
    const struct timeval patience = {kPatienceSeconds, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const SysError failure = Ask(fd);
    close(fd);
    return failure;
  }

 private:
  SysError Ask(int fd) {
    Request request = {};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = AF_UNIX;
    request.body.udiag_states = static_cast<__u32>(kAllStates);
    request.body.udiag_show = UDIAG_SHOW_PEER;
    if (send(fd, &request, sizeof request, 0) < 0) return {"send", errno};
    std::vector<char> buffer(1 << 16);
    for (;;) {
      ssize_t size;
      do {
        size = recv(fd, buffer.data(), buffer.size(), 0);
      } while (size < 0 && errno == EINTR);
      if (size < 0) return {"recv", errno};
      int error = 0;
      if (IsLast(reinterpret_cast<nlmsghdr*>(buffer.data()), static_cast<size_t>(size), error)) {
        return error == 0 ? SysError{} : SysError{"recv", error};
      }
    }
  }

  bool IsLast(const nlmsghdr* message, size_t size, int& error) {
    for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
      if (message->nlmsg_type == NLMSG_DONE) return true;
      if (message->nlmsg_type == NLMSG_ERROR) {
        error = -static_cast<const nlmsgerr*>(NLMSG_DATA(message))->error;
        return true;
      }
      Socket(message);
    }
    return false;
  }

  void Socket(const nlmsghdr* message) {
    auto* socket = static_cast<unix_diag_msg*>(NLMSG_DATA(message));
    int size = static_cast<int>(message->nlmsg_len - NLMSG_LENGTH(sizeof *socket));
    auto* attribute = reinterpret_cast<rtattr*>(socket + 1);
    __u32 peer = 0;
    for (; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size)) {
      if (attribute->rta_type == UNIX_DIAG_PEER) memcpy(&peer, RTA_DATA(attribute), sizeof peer);
    }
    packed.Number(static_cast<int32_t>(socket->udiag_ino));
    packed.Number(static_cast<int32_t>(peer));
  }
};

Napi::Value UnixPeers(const Napi::CallbackInfo& info) {
  return PoolJob::Queue(info.Env(), std::make_unique<UnixPeersJob>());
}

}  // namespace

void RegisterUnixPeers(Napi::Env env, Napi::Object exports) {
  exports.Set("unixPeers", Napi::Function::New(env, UnixPeers, "unixPeers"));
}
