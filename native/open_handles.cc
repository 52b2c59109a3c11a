// What of an event loop a fork would share between two programs.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

#include <string>
#include <vector>

#include "fork_gates.h"
#include "instance.h"
#include "js.h"
#include "topics.h"

namespace {

std::string AddressOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(in.sin6_port));
  }
  if (address.ss_family == AF_UNIX) {
    return reinterpret_cast<const sockaddr_un&>(address).sun_path;
  }
  return {};
}

// A socket by its address: `tcp server at 127.0.0.1:8080`.
std::string SocketInWords(const char* kind, int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
  sockaddr_storage address = {};
  size = sizeof address;
  const bool named = getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const std::string at = named ? AddressOf(address) : std::string();
  return std::string(kind) + (listens != 0 ? " server" : " socket") + (at.empty() ? "" : " at " + at);
}

// Empty: nothing that would be shared. Timers, signal handlers and wake-ups are each child's own.
std::string InWords(uv_handle_t* handle) {
  uv_os_fd_t fd = -1;
  uv_fileno(handle, &fd);
  switch (handle->type) {
    case UV_TCP:
      return fd < 0 ? "" : SocketInWords("tcp", fd);
    case UV_UDP:
      return fd < 0 ? "" : SocketInWords("udp", fd);
    case UV_NAMED_PIPE:
      // The standard streams are each child's own.
      return fd <= 2 ? "" : "pipe at descriptor " + std::to_string(fd);
    case UV_PROCESS:
      if (!uv_is_active(handle)) return "";
      return "child process " + std::to_string(uv_process_get_pid(reinterpret_cast<uv_process_t*>(handle)));
    case UV_FS_EVENT:
      return uv_is_active(handle) ? "watch of a file" : "";
    case UV_POLL:
      return uv_is_active(handle) ? "poll of descriptor " + std::to_string(fd) : "";
    case UV_TTY:
      return fd <= 2 ? "" : "terminal at descriptor " + std::to_string(fd);
    default:
      return "";
  }
}

struct Walk {
  const void* ours;
  std::vector<std::string> found;
};

Napi::Value OpenHandles(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Walk walk = {Instance::Of(env).Handle(), {}};
  uv_walk(
      LoopOf(env),
      [](uv_handle_t* handle, void* data) {
        auto& into = *static_cast<Walk*>(data);
        if (handle == into.ours || uv_is_closing(handle)) return;
        const std::string words = InWords(handle);
        if (!words.empty()) into.found.push_back(words);
      },
      &walk);
  Napi::Array list = Napi::Array::New(env, walk.found.size());
  for (uint32_t i = 0; i < walk.found.size(); i++) {
    list.Set(i, Napi::String::New(env, walk.found[i]));
  }
  return list;
}

}  // namespace

void RegisterOpenHandles(Napi::Env env, Napi::Object exports) {
  exports.Set("openHandles", Napi::Function::New(env, OpenHandles, "openHandles"));
}
