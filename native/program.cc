#include "program.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "js.h"

extern char** environ;

namespace {

// A writer and a reader of much output wake each other up less often, and what goes through still fits
// into a processor's cache. Where less is allowed, the pipe keeps its 64 KiB.
constexpr int kRoomyPipe = 256 * 1024;

// A pid is less than 2^22; an unsigned number has at most ten digits.
constexpr size_t kPidDigits = 10;

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
  if (!info[first + 6].IsUndefined()) {
    const Napi::Object attributes = info[first + 6].As<Napi::Object>();
    ReadAttributes(attributes);
    ReadPidVariable(attributes.Get("pidVariable"));
  }
}

// The place of a variable in the environment whose value has room for the digits of a pid.
void Program::ReadPidVariable(const Napi::Value& value) {
  if (!value.IsNumber()) return;
  const auto place = static_cast<size_t>(IntOf(value));
  char* const entry = place < child.env.size() ? child.env[place] : nullptr;
  char* const equals = entry == nullptr ? nullptr : strchr(entry, '=');
  if (equals != nullptr && strlen(equals + 1) >= kPidDigits) child.pid_text = equals + 1;
}

void Program::ReadDescriptors(const Napi::Value& value) {
  const int32_t* numbers = value.As<Napi::Int32Array>().Data();
  const int32_t count = *numbers++;
  wanted_.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; i++, numbers += 3) {
    wanted_.push_back({numbers[0], static_cast<Kind>(numbers[1]), numbers[2]});
  }
  std::sort(wanted_.begin(), wanted_.end(),
            [](const Wanted& a, const Wanted& b) { return a.target < b.target; });
}

std::vector<int> Program::Targets() const {
  std::vector<int> targets;
  for (const Wanted& each : wanted_) targets.push_back(each.target);
  return targets;
}

bool Program::OpenFile(const Wanted& wanted, SpawnFailure& failure) {
  const char* path = paths_[static_cast<size_t>(wanted.source)];
  const int how = wanted.kind == Kind::kFileRead    ? O_RDONLY
                  : wanted.kind == Kind::kFileWrite ? O_WRONLY | O_CREAT | O_TRUNC
                                                    : O_WRONLY | O_CREAT | O_APPEND;
  // A FIFO without another side would hold this pool thread for ever.
  const int fd = open(path, how | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  if (fd < 0) {
    failure.Set(Stage::kOpen, "open", path);
    return false;
  }
  made_.push_back(fd);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  child.descriptors.push_back({wanted.target, fd, true});
  return true;
}

bool Program::OpenNull(const Wanted& wanted, SpawnFailure& failure) {
  if (null_ < 0) {
    null_ = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_ < 0) {
      failure.Set(Stage::kOpen, "open", "/dev/null");
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
      failure.Set(Stage::kPipe, "socketpair");
      return false;
    }
  } else if (pipe2(pair, O_CLOEXEC) < 0) {
    failure.Set(Stage::kPipe, "pipe2");
    return false;
  }
  // The room of a pipe is counted by user: more is taken only where it is not for hundreds.
  if (wanted.kind == Kind::kPipeOut && roomy_pipes) fcntl(pair[0], F_SETPIPE_SZ, kRoomyPipe);
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
        failure.Set(Stage::kDescriptors, "fcntl");
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
  for (const int fd : made_) close(fd);
  made_.clear();
}

void Program::CloseEnds() {
  for (const End& end : ends_) close(end.fd);
  ends_.clear();
}
