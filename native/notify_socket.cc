// The socket to which services tell their supervisor how they are: datagrams of text, each with the
// pid that the kernel knows its sender by. Source: sd_notify(3), SCM_CREDENTIALS of unix(7).
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "js.h"
#include "topics.h"

namespace {

// What systemd takes at most; a longer one is cut by the kernel, and told as nothing.
constexpr size_t kLongest = 4096;
// More than anybody sends along; the kernel drops what has no room (MSG_CTRUNC).
constexpr size_t kMostDescriptors = 64;

struct alignas(cmsghdr) Control {
  char bytes[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int) * kMostDescriptors)];
};

// The name in the abstract namespace: it has no file, so nothing is left of it after a SIGKILL.
SysError Open(const std::string& name, int& fd) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof address.sun_path) return {"bind", ENAMETOOLONG};
  memcpy(address.sun_path + 1, name.data(), name.size());
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return {"socket", errno};
  const int on = 1;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  SysError failure;
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    failure = {"setsockopt", errno};
  } else if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) < 0) {
    failure = {"bind", errno};
  }
  if (failure) CloseAndForget(fd);
  return failure;
}

// Descriptors are closed at once: closing its end is the answer that a sender waits for which asks
// with BARRIER=1 whether all was read, and nobody may fill our table with his files.
pid_t SenderOf(msghdr& header) {
  pid_t pid = 0;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET) continue;
    if (each->cmsg_type == SCM_CREDENTIALS) {
      ucred sender;
      memcpy(&sender, CMSG_DATA(each), sizeof sender);
      pid = sender.pid;
    } else if (each->cmsg_type == SCM_RIGHTS) {
      const size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(each) + i * sizeof fd, sizeof fd);
        close(fd);
      }
    }
  }
  return pid;
}

Napi::Value NotifySocket(const Napi::CallbackInfo& info) {
  int fd = -1;
  if (const SysError failure = Open(info[0].As<Napi::String>().Utf8Value(), fd)) {
    ThrowSys(info.Env(), failure);
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), fd);
}

// [pid, text]; undefined: nothing is there.
Napi::Value ReceiveNotification(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  char text[kLongest];
  iovec data = {text, sizeof text};
  Control control;
  msghdr header = {};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  ssize_t size;
  do {
    size = recvmsg(IntOf(info[0]), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    if (errno != EAGAIN) ThrowSys(env, {"recvmsg", errno});
    return env.Undefined();
  }
  const pid_t pid = SenderOf(header);
  const bool whole = (header.msg_flags & MSG_TRUNC) == 0;
  Napi::Array told = Napi::Array::New(env, 2);
  told.Set(0u, Napi::Number::New(env, pid));
  told.Set(1u, Napi::String::New(env, text, whole ? static_cast<size_t>(size) : 0));
  return told;
}

}  // namespace

void RegisterNotifySocket(Napi::Env env, Napi::Object exports) {
  exports.Set("notifySocket", Napi::Function::New(env, NotifySocket, "notifySocket"));
  exports.Set("receiveNotification",
              Napi::Function::New(env, ReceiveNotification, "receiveNotification"));
}
