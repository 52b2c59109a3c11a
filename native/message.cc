// Bytes and open files over a Unix socket (SCM_RIGHTS, unix(7)). Nothing is put around the bytes, so
// any program can be at the other end: a stream in which descriptors travel with the first byte of
// what was sent with them, and recvmsg(2) stops behind a piece that carries some.
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

// SCM_MAX_FD of the kernel.
constexpr size_t kMostDescriptors = 253;

struct alignas(cmsghdr) Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
};

// How many bytes went; 0: the socket is full.
SysError SendMessage(int socket, iovec data, const std::vector<int>& descriptors, size_t& sent) {
  if (descriptors.size() > kMostDescriptors) return {"sendmsg", EINVAL};
  // Descriptors need a byte to travel with.
  char filler = 0;
  if (data.iov_len == 0) data = {&filler, 1};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  Control control = {};
  if (!descriptors.empty()) {
    const size_t size = descriptors.size() * sizeof(int);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  ssize_t result;
  do {
    result = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  if (result >= 0) sent = static_cast<size_t>(result);
  return result >= 0 || errno == EAGAIN ? SysError{} : SysError{"sendmsg", errno};
}

enum class Received { kSomething, kNothingYet, kEnd };

struct Message {
  Received what = Received::kEnd;
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
  std::vector<int> descriptors;
};

void TakeDescriptors(msghdr& header, std::vector<int>& descriptors) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const size_t before = descriptors.size();
    descriptors.resize(before + count);
    memcpy(descriptors.data() + before, CMSG_DATA(each), count * sizeof(int));
  }
}

SysError ReceiveMessage(int socket, size_t most, Message& message) {
  message.data.reset(new uint8_t[most]);
  iovec data = {message.data.get(), most};
  Control control;
  msghdr header = {};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  ssize_t size;
  do {
    size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno != EAGAIN) return {"recvmsg", errno};
  message.what = size > 0   ? Received::kSomething
                 : size < 0 ? Received::kNothingYet
                            : Received::kEnd;
  if (size <= 0) return {};
  message.size = static_cast<size_t>(size);
  TakeDescriptors(header, message.descriptors);
  if ((header.msg_flags & MSG_CTRUNC) == 0) return {};
  // The room here is for all there can be: so the kernel had no free descriptor for the rest. Half of
  // what was sent is worse than nothing.
  for (const int fd : message.descriptors) close(fd);
  return {"recvmsg", EMFILE};
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  const std::vector<int> descriptors = IntsOf(info[2]);
  size_t sent = 0;
  const iovec data = {bytes.ByteLength() == 0 ? nullptr : bytes.Data(), bytes.ByteLength()};
  if (const SysError failure = SendMessage(IntOf(info[0]), data, descriptors, sent)) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  return Napi::Number::New(env, static_cast<double>(sent));
}

Napi::Value Receive(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Message message;
  const size_t most = info[1].As<Napi::Number>().Uint32Value();
  if (const SysError failure = ReceiveMessage(IntOf(info[0]), most, message)) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  if (message.what == Received::kNothingYet) return env.Undefined();
  if (message.what == Received::kEnd) return env.Null();
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, message.size);
  if (buffer.IsEmpty()) {
    // No memory, or this thread is a worker that is being terminated: nobody will take them.
    for (const int fd : message.descriptors) close(fd);
    return env.Undefined();
  }
  memcpy(buffer.Data(), message.data.get(), message.size);
  Napi::Object result = Napi::Object::New(env);
  result.Set("data", Napi::Uint8Array::New(env, message.size, buffer, 0));
  result.Set("descriptors", ToArray(env, message.descriptors));
  return result;
}

}  // namespace

void RegisterMessage(Napi::Env env, Napi::Object exports) {
  exports.Set("send", Napi::Function::New(env, Send, "send"));
  exports.Set("receive", Napi::Function::New(env, Receive, "receive"));
}
