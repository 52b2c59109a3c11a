// fork + exec without the fork: clone(CLONE_VM | CLONE_VFORK) neither copies nor touches the parent's
// memory, so a start costs the same in a program of 50 MB and of 4 GB. The calling thread stands still
// until the exec; it is one of the pool's, never the loop's.
#include "spawn.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "cleanup.h"
#include "instance.h"
#include "js.h"
#include "processes.h"
#include "topics.h"

extern char** environ;

namespace {

// What the child needs between clone and exec is a few frames; execve(2) uses the kernel's memory.
constexpr size_t kStackSize = 64 * 1024;

// One stack a thread, kept for its life: a thread starts one child at a time.
char* ChildStack() {
  struct Stack {
    void* memory = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    ~Stack() {
      if (memory != MAP_FAILED) munmap(memory, kStackSize);
    }
  };
  static thread_local Stack stack;
  return stack.memory == MAP_FAILED ? nullptr : static_cast<char*>(stack.memory) + kStackSize;
}

struct ChildStart {
  ChildProgram* program;
  SpawnFailure* failure;
};

int RunChild(void* argument) {
  ChildStart* start = static_cast<ChildStart*>(argument);
  SetUpAndExec(*start->program, *start->failure);
  _exit(127);
}

// A signal that came between clone and exec would run our handlers in the child, on our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

void Fail(SpawnFailure& failure, Stage stage, const char* syscall_name, const char* path = nullptr) {
  failure.failed = true;
  failure.stage = stage;
  failure.error = {syscall_name, errno};
  failure.path = path;
}

// Points at each entry of a list in which a NUL ends every entry.
template <typename Pointer>
void Split(std::string& list, std::vector<Pointer>& into) {
  char* at = list.data();
  char* const end = at + list.size();
  while (at < end) {
    into.push_back(at);
    at += strlen(at) + 1;
  }
}

std::string StringOf(const Napi::Value& value) {
  return value.As<Napi::String>().Utf8Value();
}

// The environment of this program at this moment: setenv on the loop may change it while a pool
// thread would read it.
std::string CopyEnvironment() {
  std::string copy;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; entry++) {
    copy.append(*entry, strlen(*entry) + 1);
  }
  return copy;
}

}  // namespace

Program::Program(const Napi::CallbackInfo& info, size_t first) {
  candidates_ = StringOf(info[first]);
  Split(candidates_, child.candidates);
  argv_ = StringOf(info[first + 1]);
  child.argv.assign(ChildProgram::kShellRoom, nullptr);
  Split(argv_, child.argv);
  child.argv.push_back(nullptr);
  env_ = info[first + 2].IsUndefined() ? CopyEnvironment() : StringOf(info[first + 2]);
  Split(env_, child.env);
  child.env.push_back(nullptr);
  if (!info[first + 3].IsUndefined()) {
    cwd_ = StringOf(info[first + 3]);
    child.cwd = cwd_.c_str();
  }
  ReadDescriptors(info[first + 4]);
  files_ = StringOf(info[first + 5]);
  Split(files_, paths_);
  if (!info[first + 6].IsUndefined()) ReadAttributes(info[first + 6].As<Napi::Object>());
}

void Program::ReadDescriptors(const Napi::Value& value) {
  const Napi::Int32Array flat = value.As<Napi::Int32Array>();
  const int32_t* numbers = flat.Data();
  for (size_t i = 0; i + 2 < flat.ElementLength(); i += 3) {
    wanted_.push_back({numbers[i], static_cast<Kind>(numbers[i + 1]), numbers[i + 2]});
  }
  std::sort(wanted_.begin(), wanted_.end(),
            [](const Wanted& a, const Wanted& b) { return a.target < b.target; });
}

void Program::ReadAttributes(const Napi::Object& given) {
  using Bits = ChildAttributes;
  Bits& to = child.attributes;
  const auto number = [&](const char* name, Bits::Bit bit, auto& into) {
    const Napi::Value value = given.Get(name);
    if (!value.IsNumber()) return;
    into = static_cast<std::remove_reference_t<decltype(into)>>(value.As<Napi::Number>().Int64Value());
    to.has |= bit;
  };
  number("uid", Bits::kUid, to.uid);
  number("gid", Bits::kGid, to.gid);
  number("umask", Bits::kUmask, to.umask);
  number("processGroup", Bits::kProcessGroup, to.process_group);
  number("controllingTerminal", Bits::kControllingTerminal, to.controlling_terminal);
  number("priority", Bits::kPriority, to.priority);
  number("ioPriority", Bits::kIoPriority, to.io_priority);
  number("deathSignal", Bits::kDeathSignal, to.death_signal);
  const Napi::Value session = given.Get("session");
  if (session.IsBoolean() && session.As<Napi::Boolean>()) to.has |= Bits::kSession;
  if (const Napi::Value value = given.Get("groups"); value.IsArray()) {
    for (int group : IntsOf(value)) to.groups.push_back(static_cast<gid_t>(group));
    to.has |= Bits::kGroups;
  }
  if (const Napi::Value value = given.Get("scheduling"); value.IsArray()) {
    const std::vector<int> pair = IntsOf(value);
    to.policy = pair[0];
    to.policy_priority = pair[1];
    to.has |= Bits::kScheduling;
  }
  if (const Napi::Value value = given.Get("affinity"); value.IsArray()) {
    CPU_ZERO(&to.affinity);
    for (int cpu : IntsOf(value)) CPU_SET(cpu, &to.affinity);
    to.has |= Bits::kAffinity;
  }
  if (const Napi::Value value = given.Get("cgroup"); value.IsString()) {
    to.cgroup_procs = StringOf(value) + "/cgroup.procs";
    to.has |= Bits::kCgroup;
  }
  if (const Napi::Value value = given.Get("oomScoreAdjust"); value.IsNumber()) {
    to.oom_score_adjust = std::to_string(IntOf(value));
    to.has |= Bits::kOomScoreAdjust;
  }
  if (const Napi::Value value = given.Get("limits"); value.IsArray()) {
    ReadLimits(value.As<Napi::Array>());
  }
}

void Program::ReadLimits(const Napi::Array& flat) {
  const auto at = [&](uint32_t index) {
    const int64_t value = flat.Get(index).As<Napi::Number>().Int64Value();
    return value < 0 ? RLIM_INFINITY : static_cast<rlim_t>(value);
  };
  for (uint32_t i = 0; i + 2 < flat.Length(); i += 3) {
    child.attributes.limits.push_back({IntOf(flat.Get(i)), {at(i + 1), at(i + 2)}});
  }
}

bool Program::OpenFile(const Wanted& wanted, SpawnFailure& failure) {
  const char* path = paths_[static_cast<size_t>(wanted.source)];
  const int how = wanted.kind == Kind::kFileRead    ? O_RDONLY
                  : wanted.kind == Kind::kFileWrite ? O_WRONLY | O_CREAT | O_TRUNC
                                                    : O_WRONLY | O_CREAT | O_APPEND;
  // A FIFO without another side would hold this pool thread for ever.
  const int fd = open(path, how | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  if (fd < 0) {
    Fail(failure, Stage::kOpen, "open", path);
    return false;
  }
  made_.push_back(fd);
  const int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  child.descriptors.push_back({wanted.target, fd, true});
  return true;
}

bool Program::OpenNull(const Wanted& wanted, SpawnFailure& failure) {
  if (null_ < 0) {
    null_ = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_ < 0) {
      Fail(failure, Stage::kOpen, "open", "/dev/null");
      return false;
    }
    made_.push_back(null_);
  }
  child.descriptors.push_back({wanted.target, null_, true});
  return true;
}

// A pipe or a socket pair between the child and us.
bool Program::Join(const Wanted& wanted, SpawnFailure& failure) {
  int pair[2];
  if (wanted.kind == Kind::kSocketPair) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
      Fail(failure, Stage::kPipe, "socketpair");
      return false;
    }
  } else if (pipe2(pair, O_CLOEXEC) < 0) {
    Fail(failure, Stage::kPipe, "pipe2");
    return false;
  }
  const int childs = wanted.kind == Kind::kPipeOut ? pair[1] : pair[0];
  const int ours = wanted.kind == Kind::kPipeOut ? pair[0] : pair[1];
  made_.push_back(childs);
  ends_.push_back({wanted.target, ours});
  child.descriptors.push_back({wanted.target, childs, true});
  return true;
}

bool Program::MakeSource(const Wanted& wanted, SpawnFailure& failure) {
  switch (wanted.kind) {
    case Kind::kDescriptor:
      if (fcntl(wanted.source, F_GETFD) < 0) {
        Fail(failure, Stage::kDescriptors, "fcntl");
        return false;
      }
      child.descriptors.push_back({wanted.target, wanted.source, false});
      return true;
    case Kind::kClosed:
      child.descriptors.push_back({wanted.target, -1, true});
      return true;
    case Kind::kNull:
      return OpenNull(wanted, failure);
    case Kind::kFileRead:
    case Kind::kFileWrite:
    case Kind::kFileAppend:
      return OpenFile(wanted, failure);
    case Kind::kPipeIn:
    case Kind::kPipeOut:
    case Kind::kSocketPair:
      return Join(wanted, failure);
    case Kind::kSame:
      child.descriptors.push_back({wanted.target, -1, true});  // ResolveSame gives it its source
      return true;
  }
  return true;
}

// 2>&1, and chains of it: each pass settles what points at something settled.
void Program::ResolveSame() {
  for (size_t pass = 0; pass < wanted_.size(); pass++) {
    for (size_t i = 0; i < wanted_.size(); i++) {
      if (wanted_[i].kind != Kind::kSame) continue;
      for (size_t j = 0; j < wanted_.size(); j++) {
        if (wanted_[j].target == wanted_[i].source) {
          child.descriptors[i].source = child.descriptors[j].source;
          child.descriptors[i].fresh = child.descriptors[j].fresh;
        }
      }
    }
  }
}

SpawnFailure Program::Prepare() {
  SpawnFailure failure;
  child.descriptors.reserve(wanted_.size());
  for (const Wanted& each : wanted_) {
    if (!MakeSource(each, failure)) break;
  }
  if (failure.failed) {
    Abandon();
  } else {
    ResolveSame();
  }
  return failure;
}

void Program::Abandon() {
  CloseMade();
  CloseEnds();
}

void Program::CloseMade() {
  for (int fd : made_) close(fd);
  made_.clear();
  null_ = -1;
}

void Program::CloseEnds() {
  for (const End& end : ends_) close(end.fd);
  ends_.clear();
}

SpawnFailure Program::Start(bool want_pidfd) {
  SpawnFailure failure = Prepare();
  if (failure.failed) return failure;
  child.parent = getpid();
  ChildStart start{&child, &failure};
  char* stack = ChildStack();
  const int flags = CLONE_VM | CLONE_VFORK | (want_pidfd ? CLONE_PIDFD : 0) | SIGCHLD;
  if (stack == nullptr) {
    errno = ENOMEM;
    Fail(failure, Stage::kClone, "mmap");
  } else {
    AllSignalsBlocked blocked;
    pid = clone(RunChild, stack, flags, &start, &pidfd);
    if (pid < 0) Fail(failure, Stage::kClone, "clone");
  }
  CloseMade();
  if (!failure.failed) return failure;
  CloseEnds();
  // It has only its exit left; nobody else may have learnt its pid.
  if (pid > 0) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid = -1;
  CloseAndForget(pidfd);
  return failure;
}

namespace {

// One start on its way through the pool.
struct Job {
  Job(const Napi::CallbackInfo& info, Instance& owner, bool in_cleanup)
      : instance(owner), generation(owner.Generation()), cleanup(in_cleanup), program(info, 1) {
    instance.Hold();
  }
  ~Job() { instance.LetGo(); }


  Instance& instance;
  const int generation;
  uint32_t id = 0;
  bool cleanup;
  Program program;
  SpawnFailure failure;
  napi_async_work work = nullptr;
};

// On a pool thread. The new child is put under watch here, so that the loop spends nothing on it.
void Execute(napi_env, void* data) {
  Job* job = static_cast<Job*>(data);
  const bool pidfd = job->instance.UsesPidfd();
  if (job->cleanup) ArmCleanup();
  job->failure = job->program.Start(pidfd);
  if (job->failure.failed) return;
  if (job->cleanup) AddToCleanup(job->program.pid, job->program.pidfd);
  if (pidfd) job->instance.Watch(job->id, job->program.pidfd);
}

void ReportFailure(Napi::Env env, Job& job) {
  const SpawnFailure& failure = job.failure;
  job.instance.processes.Drop(job.id);
  job.instance.failed.Call({
      Napi::Number::New(env, job.id),
      Napi::Number::New(env, static_cast<int>(failure.stage)),
      Napi::Number::New(env, failure.error.error),
      Napi::String::New(env, failure.error.syscall),
      failure.path == nullptr ? env.Undefined() : Napi::String::New(env, failure.path),
  });
}

void ReportStart(Napi::Env env, Job& job) {
  Napi::Value ends = env.Undefined();
  if (!job.program.Ends().empty()) {
    std::vector<int> pairs;
    for (const Program::End& end : job.program.Ends()) {
      pairs.push_back(end.target);
      pairs.push_back(end.fd);
    }
    ends = ToArray(env, pairs);
  }
  job.instance.started.Call(
      {Napi::Number::New(env, job.id), Napi::Number::New(env, job.program.pid), ends});
}

// On the loop again.
void Complete(napi_env raw, napi_status status, void* data) {
  std::unique_ptr<Job> job(static_cast<Job*>(data));
  napi_delete_async_work(raw, job->work);
  Napi::Env env(raw);
  Napi::HandleScope scope(env);
  const bool forked = job->generation != job->instance.Generation();
  if (status != napi_ok || job->instance.closing || forked) {
    // The thread that asked is ending: the child stays under the clean-up, if it was to be. Or this
    // program was forked off meanwhile: the child, and whoever waits for its start, are the parent's.
    if (forked) job->instance.processes.Drop(job->id);
    job->program.CloseEnds();
    CloseAndForget(job->program.pidfd);
    return;
  }
  if (job->failure.failed) {
    ReportFailure(env, *job);
    return;
  }
  const bool ended =
      job->instance.processes.Born(job->id, job->program.pid, job->program.pidfd, job->cleanup);
  ReportStart(env, *job);
  if (ended) job->instance.ReportIfEnded(job->id);
}

Napi::Value Spawn(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Instance& instance = Instance::Of(env);
  auto job = std::make_unique<Job>(info, instance, info[0].As<Napi::Boolean>().Value());
  job->id = instance.processes.Reserve();
  const uint32_t id = job->id;
  if (napi_create_async_work(env, nullptr, Napi::String::New(env, "brood:spawn"), Execute, Complete,
                             job.get(), &job->work) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok) {
    instance.processes.Drop(id);
    Napi::Error::New(env, "the work could not be queued").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  job.release();
  return Napi::Number::New(env, id);
}

}  // namespace

void RegisterSpawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, Spawn, "spawn"));
}
