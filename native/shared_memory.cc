// Shared memory for JavaScript: a memfd, and an ArrayBuffer over its pages.
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "js.h"
#include "mapping.h"
#include "sys.h"
#include "topics.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U  // Linux 6.3, which writes a warning where it is missing
#endif

namespace {

int MakeFile(const char* name) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create(name, flags);
}

// Of a size that nobody can change any more: pages that go away under a reader end its program.
SysError Create(const char* name, int64_t size, int& fd) {
  fd = MakeFile(name);
  if (fd < 0) return {"memfd_create", errno};
  SysError failure;
  if (ftruncate(fd, size) < 0) failure = {"ftruncate", errno};
  else if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
    failure = {"fcntl", errno};
  }
  if (failure) CloseAndForget(fd);
  return failure;
}

Napi::Value CreateMemory(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  int fd = -1;
  if (const SysError failure = Create(name.c_str(), info[1].As<Napi::Number>().Int64Value(), fd)) {
    ThrowSys(info.Env(), failure);
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), fd);
}

void Release(napi_env, void*, void* hint) {
  delete static_cast<std::shared_ptr<Mapping>*>(hint);
}

Napi::Value MapMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* mapping = new std::shared_ptr<Mapping>;
  if (const SysError failure = Mapping::Map(IntOf(info[0]), *mapping)) {
    delete mapping;
    ThrowSys(env, failure);
    return env.Undefined();
  }
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, (*mapping)->Data(), (*mapping)->Size(), Release, mapping, &buffer);
  if (status == napi_ok) return {env, buffer};
  if (status == napi_no_external_buffers_allowed) {
    // An engine with a memory cage, such as Electron's; nothing will release it for us.
    delete mapping;
    ThrowSys(env, {"mmap", ENOSYS});
  }
  return env.Undefined();
}

// Its views have no length from now on; the pages go with the last wait that needs them.
Napi::Value UnmapMemory(const Napi::CallbackInfo& info) {
  napi_detach_arraybuffer(info.Env(), info[0]);
  return info.Env().Undefined();
}

// An abstract address of unix(7): one process at most has it, and loses it with its descriptor. A
// descriptor, or -1 with EADDRINUSE.
int Bind(const std::string& name) {
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path + 1, name.data(), name.size());
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind(fd, reinterpret_cast<struct sockaddr*>(&address), size) < 0) {
    const int error = errno;
    CloseAndForget(fd);
    errno = error;
  }
  return fd;
}

Napi::Value ReserveName(const Napi::CallbackInfo& info) {
  const int fd = Bind(info[0].As<Napi::String>());
  if (fd >= 0) return Napi::Number::New(info.Env(), fd);
  if (errno != EADDRINUSE) ThrowSys(info.Env(), {"bind", errno});
  return info.Env().Undefined();
}

}  // namespace

void RegisterSharedMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("createMemory", Napi::Function::New(env, CreateMemory, "createMemory"));
  exports.Set("mapMemory", Napi::Function::New(env, MapMemory, "mapMemory"));
  exports.Set("unmapMemory", Napi::Function::New(env, UnmapMemory, "unmapMemory"));
  exports.Set("reserveName", Napi::Function::New(env, ReserveName, "reserveName"));
}
