// Sockets that listen and are accepted from by others: the supervisor holds them, its children serve
// them. Node's own servers would accept as soon as they listen. Source: socket(7), listen(2).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "js.h"
#include "topics.h"

namespace {

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  sockaddr* Any() { return reinterpret_cast<sockaddr*>(&storage); }
};

bool Internet(const std::string& host, uint16_t port, Address& into) {
  auto* four = reinterpret_cast<sockaddr_in*>(&into.storage);
  if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    into.size = sizeof *four;
    return true;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&into.storage);
  if (inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  into.size = sizeof *six;
  return true;
}

bool Unix(const std::string& path, Address& into) {
  auto* unix_address = reinterpret_cast<sockaddr_un*>(&into.storage);
  if (path.empty() || path.size() >= sizeof unix_address->sun_path) return false;
  unix_address->sun_family = AF_UNIX;
  memcpy(unix_address->sun_path, path.data(), path.size());
  into.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return true;
}

SysError Listen(Address& address, int& fd) {
  fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return {"socket", errno};
  const int on = 1;
  SysError failure;
  if (address.storage.ss_family != AF_UNIX &&
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) {
    failure = {"setsockopt", errno};
  } else if (bind(fd, address.Any(), address.size) < 0) {
    failure = {"bind", errno};
  } else if (listen(fd, SOMAXCONN) < 0) {
    failure = {"listen", errno};
  }
  if (failure) CloseAndForget(fd);
  return failure;
}

int PortOf(int fd) {
  Address address;
  address.size = sizeof address.storage;
  if (getsockname(fd, address.Any(), &address.size) < 0) return 0;
  if (address.storage.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port);
}

// (host, port) or (path): [descriptor, port]
Napi::Value ListeningSocket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string where = info[0].As<Napi::String>().Utf8Value();
  const bool internet = info[1].IsNumber();
  Address address;
  const bool fits = internet ? Internet(where, static_cast<uint16_t>(IntOf(info[1])), address)
                             : Unix(where, address);
  int fd = -1;
  const SysError failure =
      fits ? Listen(address, fd) : SysError{"bind", internet ? EINVAL : ENAMETOOLONG};
  if (failure) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  return ToArray(env, std::vector<int>{fd, internet ? PortOf(fd) : 0});
}

}  // namespace

void RegisterListeningSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("listeningSocket", Napi::Function::New(env, ListeningSocket, "listeningSocket"));
}
