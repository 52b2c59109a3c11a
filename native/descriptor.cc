// Descriptors of this program. Whatever is made here is close-on-exec from its first moment: another
// thread may start a program at any time.
#include <sys/socket.h>
#include <sys/stat.h>

#include <vector>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

Napi::Value Failed(Napi::Env env, const char* syscall) {
  ThrowSys(env, {syscall, errno});
  return env.Undefined();
}

Napi::Value Pipe(const Napi::CallbackInfo& info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return Failed(info.Env(), "pipe2");
  return ToArray(info.Env(), std::vector<int>{ends[0], ends[1]});
}

// A stream, because libuv's streams take nothing else.
Napi::Value Socketpair(const Napi::CallbackInfo& info) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    return Failed(info.Env(), "socketpair");
  }
  return ToArray(info.Env(), std::vector<int>{ends[0], ends[1]});
}

// Never 0, 1 or 2, should those be closed: everybody takes them for the standard streams.
Napi::Value Duplicate(const Napi::CallbackInfo& info) {
  const int copy = fcntl(IntOf(info[0]), F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return Failed(info.Env(), "fcntl");
  return Napi::Number::New(info.Env(), copy);
}

// EINTR: on Linux the descriptor is closed then too, and trying again could hit another one.
Napi::Value Close(const Napi::CallbackInfo& info) {
  if (close(IntOf(info[0])) < 0 && errno != EINTR) return Failed(info.Env(), "close");
  return info.Env().Undefined();
}

Napi::Value Describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = IntOf(info[0]);
  struct stat status;
  if (fstat(fd, &status) < 0) return Failed(env, "fstat");
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0U, Napi::Number::New(env, status.st_mode));
  pair.Set(1U, Napi::Boolean::New(env, S_ISCHR(status.st_mode) && isatty(fd) == 1));
  return pair;
}

Napi::Value GetCloseOnExec(const Napi::CallbackInfo& info) {
  const int flags = fcntl(IntOf(info[0]), F_GETFD);
  if (flags < 0) return Failed(info.Env(), "fcntl");
  return Napi::Boolean::New(info.Env(), (flags & FD_CLOEXEC) != 0);
}

Napi::Value SetCloseOnExec(const Napi::CallbackInfo& info) {
  const bool on = info[1].As<Napi::Boolean>();
  if (fcntl(IntOf(info[0]), F_SETFD, on ? FD_CLOEXEC : 0) < 0) return Failed(info.Env(), "fcntl");
  return info.Env().Undefined();
}

}  // namespace

void RegisterDescriptor(Napi::Env env, Napi::Object exports) {
  exports.Set("pipe", Napi::Function::New(env, Pipe, "pipe"));
  exports.Set("socketpair", Napi::Function::New(env, Socketpair, "socketpair"));
  exports.Set("duplicate", Napi::Function::New(env, Duplicate, "duplicate"));
  exports.Set("close", Napi::Function::New(env, Close, "close"));
  exports.Set("describe", Napi::Function::New(env, Describe, "describe"));
  exports.Set("getCloseOnExec", Napi::Function::New(env, GetCloseOnExec, "getCloseOnExec"));
  exports.Set("setCloseOnExec", Napi::Function::New(env, SetCloseOnExec, "setCloseOnExec"));
}
