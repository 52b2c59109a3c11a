#include "instance.h"

#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cstdio>

#include "js.h"
#include "pidfd_info.h"
#include "topics.h"

namespace {

constexpr int kEventsAtOnce = 64;

void SetNothing(Napi::Env, Instance*) {
  // The instance ends itself, when its handle is closed and no work points to it any more.
}

// Whether a system call is there: one that is gives another errno than ENOSYS for these arguments,
// and seccomp filters answer EPERM or ENOSYS.
int ProbePidfd() {
  const int pidfd = PidfdOpen(getpid());
  if (pidfd < 0) return errno;
  const int sent = PidfdSendSignal(pidfd, 0);
  const int error = sent < 0 ? errno : 0;
  close(pidfd);
  return error;
}

int ProbeForeignExitCodes() {
  const int pidfd = PidfdOpen(getpid());
  if (pidfd < 0) return errno;
  PidfdInfo info;
  const int error = AskForExit(pidfd, info) ? 0 : errno;
  close(pidfd);
  if (error != 0) return error;
  // Of a process that runs, 6.13 and 6.14 answer the same as the versions that know exit codes.
  struct utsname kernel;
  int major = 0, minor = 0;
  if (uname(&kernel) < 0 || sscanf(kernel.release, "%d.%d", &major, &minor) != 2) return ENOSYS;
  return major > 6 || (major == 6 && minor >= 15) ? 0 : ENOSYS;
}

int ProbeCloseRange() {
  return syscall(SYS_close_range, ~0U, ~0U, 0) < 0 ? errno : 0;
}

int ProbeCgroup() {
  struct stat status;
  return stat("/proc/self/cgroup", &status) < 0 ? errno : 0;
}

Napi::Value Probe(const Napi::CallbackInfo& info) {
  const std::vector<int> errors = {ProbePidfd(), ProbeForeignExitCodes(), ProbeCgroup(),
                                   ProbeCloseRange()};
  return ToArray(info.Env(), errors);
}

Napi::Value Start(const Napi::CallbackInfo& info) {
  Instance::Of(info.Env()).Start(info[0].As<Napi::Object>(), info[1].As<Napi::Object>());
  return info.Env().Undefined();
}

}  // namespace

Instance::Instance(Napi::Env env) : env_(env) {
  napi_async_init(env, nullptr, Napi::String::New(env, "brood:wait"), &context_);
  napi_add_async_cleanup_hook(env, OnTeardown, this, &hook_);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  poll_ = new uv_poll_t;
  poll_->data = this;
  uv_poll_init(loop, poll_, epoll_);
  uv_unref(reinterpret_cast<uv_handle_t*>(poll_));
  uv_poll_start(poll_, UV_READABLE, OnReadable);
}

Instance::~Instance() {
  CloseAndForget(epoll_);
}

void Instance::Start(const Napi::Object& handlers, const Napi::Object& options) {
  pidfd_ = options.Get("pidfd").As<Napi::Boolean>();
  Napi::Float64Array shared = options.Get("usage").As<Napi::Float64Array>();
  usage = Napi::Persistent(shared);
  usage_ = shared.Data();
  started = Napi::Persistent(handlers.Get("started").As<Napi::Function>());
  failed = Napi::Persistent(handlers.Get("failed").As<Napi::Function>());
  ended = Napi::Persistent(handlers.Get("ended").As<Napi::Function>());
}

void Instance::Watch(uint32_t id, int pidfd) {
  struct epoll_event event = {};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = id;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, pidfd, &event);
}

void Instance::BecomeChild(int epoll) {
  generation_++;
  dup3(epoll, epoll_, O_CLOEXEC);
  close(epoll);
  processes.BecomeStrangers([this](uint32_t id, const Tracked& process) {
    if (process.watched && process.pidfd >= 0) Watch(id, process.pidfd);
  });
  KeepAlive(false);
}

Napi::Value Instance::Tell(const End& end) {
  double* to = usage_;
  *to++ = end.has_usage ? 1 : 0;
  for (const double number : NumbersOf(end.usage)) *to++ = number;
  return Napi::Number::New(env_, end.wait_status);
}

void Instance::KeepAlive(bool on) {
  uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(poll_);
  if (on) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void Instance::OnReadable(uv_poll_t* handle, int, int) {
  static_cast<Instance*>(handle->data)->DeliverEvents();
}

void Instance::DeliverEvents() {
  struct epoll_event events[kEventsAtOnce];
  for (;;) {
    const int count = epoll_wait(epoll_, events, kEventsAtOnce, 0);
    Napi::HandleScope scope(env_);
    for (int i = 0; i < count; i++) ReportIfEnded(static_cast<uint32_t>(events[i].data.u64));
    if (count < kEventsAtOnce || closing) return;
  }
}

void Instance::ReportIfEnded(uint32_t id) {
  Tracked* process = processes.Find(id);
  if (process == nullptr) return;
  if (process->pid == 0) {
    process->event_came = true;
    return;
  }
  End end;
  if (!processes.Ended(*process, end)) {
    // A stranger that its parent has yet to reap: the kernel says POLLHUP when it has. JavaScript
    // looks again by itself when the grace is over, which it learns from the empty list.
    struct epoll_event event = {};
    event.events = EPOLLONESHOT;
    event.data.u64 = id;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, process->pidfd, &event);
    ended.MakeCallback(env_.Global(), {Napi::Number::New(env_, id), env_.Undefined()}, context_);
  } else {
    processes.Drop(id);
    ended.MakeCallback(env_.Global(), {Napi::Number::New(env_, id), Tell(end)}, context_);
  }
  if (env_.IsExceptionPending()) {
    napi_fatal_exception(env_, env_.GetAndClearPendingException().Value());
  }
}

void Instance::LetGo() {
  if (--held_ == 0) delete this;
}

void Instance::OnTeardown(napi_async_cleanup_hook_handle hook, void* data) {
  Instance* instance = static_cast<Instance*>(data);
  instance->hook_ = hook;
  instance->closing = true;
  instance->processes.Clear();
  instance->started.Reset();
  instance->failed.Reset();
  instance->ended.Reset();
  instance->usage.Reset();
  if (instance->context_ != nullptr) napi_async_destroy(instance->env_, instance->context_);
  uv_poll_stop(instance->poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(instance->poll_), OnClosed);
}

void Instance::OnClosed(uv_handle_t* handle) {
  Instance* instance = static_cast<Instance*>(handle->data);
  delete reinterpret_cast<uv_poll_t*>(handle);
  napi_remove_async_cleanup_hook(instance->hook_);
  instance->LetGo();
}

void RegisterInstance(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData<Instance, SetNothing>(new Instance(env));
  exports.Set("start", Napi::Function::New(env, Start, "start"));
  exports.Set("probe", Napi::Function::New(env, Probe, "probe"));
}
