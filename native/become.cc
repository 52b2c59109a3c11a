// A child of the fork server on its way to being what was asked for: it waits for its set-up, in this
// thread and alone in its process, and takes the descriptors, the directory and the attributes that a
// program gets between clone and exec.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "fork_gates.h"
#include "js.h"
#include "node_internals.h"
#include "program.h"
#include "spawn_js.h"
#include "topics.h"
#include "worker_pool.h"

namespace {

// The numbers that a task may be given. Until it is set up something stands there, so that what Node, the
// modules and we open comes to stand above.
constexpr unsigned kFirstGiven = 3;
constexpr unsigned kLastGiven = 63;

void MakeRoom() {
  if (syscall(SYS_close_range, kFirstGiven, kLastGiven, 0) == 0) return;
  for (unsigned fd = kFirstGiven; fd <= kLastGiven; fd++) close(static_cast<int>(fd));
}

// SCM_MAX_FD of the kernel.
constexpr size_t kMostDescriptors = 253;

// Reads `size` bytes, and adds the descriptors that come along. False: the other side has closed.
bool ReadAll(int socket, char* to, size_t size, std::vector<int>& descriptors) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
  while (size > 0) {
    iovec data = {to, size};
    msghdr header = {};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (count == 0) return false;
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      struct pollfd entry = {socket, POLLIN, 0};
      poll(&entry, 1, -1);
      continue;
    }
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
      if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
      const size_t carried = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      const size_t before = descriptors.size();
      descriptors.resize(before + carried);
      memcpy(descriptors.data() + before, CMSG_DATA(each), carried * sizeof(int));
    }
    to += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

// awaitSetUp(control): blocks until a message has come: four bytes with its length, and that many more.
// {data, descriptors}, or undefined when nobody will ever send one.
Napi::Value AwaitSetUp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int socket = IntOf(info[0]);
  std::vector<int> descriptors;
  uint32_t size = 0;
  if (!ReadAll(socket, reinterpret_cast<char*>(&size), sizeof size, descriptors)) {
    return env.Undefined();
  }
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, size);
  if (!ReadAll(socket, static_cast<char*>(buffer.Data()), size, descriptors)) {
    return env.Undefined();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("data", Napi::Uint8Array::New(env, size, buffer, 0));
  result.Set("descriptors", ToArray(env, descriptors));
  return result;
}

// As V8's own, of the timer after which it looks whether an idle program has something to collect.
constexpr uint64_t kPutOffMs = 8000;

// What V8 does after a while without work, it means of a process that runs. This one has stood still, as
// a spare and as its server before, perhaps for longer than that, and would begin with it.
void PutOffDelayedTasks(uv_loop_t* loop) {
  uv_update_time(loop);
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (handle->type != UV_TIMER || !uv_is_active(handle)) return;
        auto* const timer = reinterpret_cast<uv_timer_t*>(handle);
        void* const function = reinterpret_cast<void*>(timer->timer_cb);
        if (function != NodeInternals::Get().run_delayed_task) return;
        if (uv_timer_get_due_in(timer) > 0) return;
        uv_timer_start(timer, timer->timer_cb, kPutOffMs, uv_timer_get_repeat(timer));
      },
      nullptr);
}

// become(parent, received, room, ...program): throws what failed, as spawn tells it. The descriptors that were
// received for it are closed; `room`: what stands where a task may be given some, too. From then on V8's background work goes on.
Napi::Value Become(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Program program(info, 3);
  program.child.parent = IntOf(info[0]);
  SpawnFailure failure = program.Prepare();
  if (!failure.failed) {
    // Until now it was to die with the program; whether it still is, is an attribute.
    prctl(PR_SET_PDEATHSIG, 0);
    if (info[2].As<Napi::Boolean>()) MakeRoom();
    SetUpForked(program.child, failure);
  }
  for (const int fd : IntsOf(info[1])) close(fd);
  if (failure.failed) {
    ThrowSpawnFailure(env, failure);
    return env.Undefined();
  }
  PutOffDelayedTasks(LoopOf(env));
  BackgroundWork::Get().EndRest();
  return env.Undefined();
}

}  // namespace

void RegisterBecome(Napi::Env env, Napi::Object exports) {
  exports.Set("awaitSetUp", Napi::Function::New(env, AwaitSetUp, "awaitSetUp"));
  exports.Set("become", Napi::Function::New(env, Become, "become"));
}
