// A program from start to end in one blocking call: fed, captured, bounded. The loop of JavaScript
// stands still meanwhile; that is what was asked for.
#include <poll.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "cleanup.h"
#include "instance.h"
#include "js.h"
#include "processes.h"
#include "program.h"
#include "spawn_js.h"
#include "stranger.h"
#include "topics.h"

namespace {

constexpr size_t kChunk = 256 * 1024;
// How much longer than one silence the drain may last when a grandchild goes on writing.
constexpr int64_t kDrains = 10;
constexpr int kLookAgainMs = 10;

struct Bounds {
  int64_t timeout_ms;
  int kill_signal;
  int64_t grace_ms;
  size_t max_buffer;
  int64_t drain_ms;
};

struct Captured {
  int target;
  int fd;
  std::vector<uint8_t> bytes;
  bool truncated = false;
};

class Run {
 public:
  Run(Program& program, const Bounds& bounds, Napi::Function stop)
      : program_(program), bounds_(bounds), stop_(stop) {}

  void Feed(const uint8_t* data, size_t size) {
    input_ = data;
    input_left_ = size;
  }

  void Go();

  End end;
  bool timed_out = false;
  std::vector<Captured> outputs;

 private:
  void TakeEnds();
  void Wait();
  int64_t NextMoment() const;
  void AtMoment();
  void WriteInput();
  void ReadOutput(Captured& output);
  void Stop(int number);
  void LookForEnd();
  bool Finished() const;

  Program& program_;
  Bounds bounds_;
  Napi::Function stop_;
  const uint8_t* input_ = nullptr;
  size_t input_left_ = 0;
  int input_fd_ = -1;
  bool ended_ = false;
  int64_t stop_at_ = -1;   // the next signal; -1: none is due
  int64_t drain_at_ = -1;  // silence until then ends the run
  int64_t drain_end_ = -1;
  std::vector<uint8_t> chunk_ = std::vector<uint8_t>(kChunk);
};

void Run::TakeEnds() {
  for (const Program::End& each : program_.Ends()) {
    fcntl(each.fd, F_SETFL, fcntl(each.fd, F_GETFL) | O_NONBLOCK);
    if (each.target == 0) {
      input_fd_ = each.fd;
    } else {
      outputs.push_back({each.target, each.fd, {}});
    }
  }
  if (input_left_ == 0) CloseAndForget(input_fd_);
}

bool Run::Finished() const {
  if (!ended_) return false;
  return std::all_of(outputs.begin(), outputs.end(), [](const Captured& each) { return each.fd < 0; });
}

void Run::Go() {
  TakeEnds();
  if (bounds_.timeout_ms >= 0) stop_at_ = NowMs() + bounds_.timeout_ms;
  while (!Finished()) {
    Wait();
    LookForEnd();
    AtMoment();
  }
  CloseAndForget(input_fd_);
}

int64_t Run::NextMoment() const {
  int64_t next = -1;
  for (const int64_t moment : {stop_at_, drain_at_, drain_end_}) {
    if (moment >= 0 && (next < 0 || moment < next)) next = moment;
  }
  return next;
}

void Run::Wait() {
  std::vector<struct pollfd> entries;
  for (const Captured& each : outputs) entries.push_back({each.fd, POLLIN, 0});
  entries.push_back({input_fd_, POLLOUT, 0});
  entries.push_back({ended_ ? -1 : program_.pidfd, POLLIN, 0});
  int64_t wait = -1;
  if (const int64_t next = NextMoment(); next >= 0) wait = std::max<int64_t>(0, next - NowMs());
  if (!ended_ && program_.pidfd < 0 && (wait < 0 || wait > kLookAgainMs)) wait = kLookAgainMs;
  if (poll(entries.data(), entries.size(), static_cast<int>(std::min<int64_t>(wait, 1 << 30))) <= 0) return;
  for (size_t i = 0; i < outputs.size(); i++) {
    if (entries[i].revents != 0) ReadOutput(outputs[i]);
  }
  if (entries[outputs.size()].revents != 0) WriteInput();
}

void Run::WriteInput() {
  const ssize_t written = write(input_fd_, input_, input_left_);
  if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // EPIPE: the program does not want the rest, which is its right.
  if (written > 0) {
    input_ += written;
    input_left_ -= static_cast<size_t>(written);
    if (input_left_ > 0) return;
  }
  CloseAndForget(input_fd_);
}

void Run::ReadOutput(Captured& output) {
  const ssize_t size = read(output.fd, chunk_.data(), chunk_.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    CloseAndForget(output.fd);
    return;
  }
  if (ended_) drain_at_ = NowMs() + bounds_.drain_ms;
  const size_t room = bounds_.max_buffer - output.bytes.size();
  const size_t kept = std::min(room, static_cast<size_t>(size));
  output.bytes.insert(output.bytes.end(), chunk_.begin(), chunk_.begin() + static_cast<ssize_t>(kept));
  if (kept < static_cast<size_t>(size)) output.truncated = true;
}

void Run::LookForEnd() {
  if (ended_) return;
  // ECHILD: somebody else reaped it (a SIGCHLD that is ignored does); how it ended is lost.
  if (!Reap(program_.pid, end) && errno != ECHILD) return;
  ended_ = true;
  if (!timed_out) stop_at_ = -1;
  drain_at_ = NowMs() + bounds_.drain_ms;
  drain_end_ = NowMs() + bounds_.drain_ms * kDrains;
}

// By JavaScript's hand, which knows how to reach a tree.
void Run::Stop(int number) {
  Napi::Env env = stop_.Env();
  stop_.Call({Napi::Number::New(env, program_.pid), Napi::Number::New(env, number)});
}

void Run::AtMoment() {
  const int64_t now = NowMs();
  if (ended_ && now >= std::min(drain_at_, drain_end_)) {
    for (Captured& each : outputs) CloseAndForget(each.fd);
    return;
  }
  if (stop_at_ < 0 || now < stop_at_ || ended_) return;
  const int number = timed_out ? SIGKILL : bounds_.kill_signal;
  timed_out = true;
  stop_at_ = number == SIGKILL ? -1 : now + bounds_.grace_ms;
  Stop(number);
}

Bounds BoundsOf(const Napi::Object& given) {
  const auto number = [&](const char* name) {
    return given.Get(name).As<Napi::Number>().Int64Value();
  };
  return {number("timeoutMs"), static_cast<int>(number("killSignal")), number("graceMs"),
          static_cast<size_t>(number("maxBuffer")), number("drainMs")};
}

Napi::Value BytesOf(Napi::Env env, std::vector<uint8_t>&& bytes) {
  // Memory at no address would be a detached ArrayBuffer.
  if (bytes.empty()) return Napi::Buffer<uint8_t>::New(env, 0);
  auto* kept = new std::vector<uint8_t>(std::move(bytes));
  return Napi::Buffer<uint8_t>::NewOrCopy(env, kept->data(), kept->size(),
                                          [kept](Napi::Env, uint8_t*) { delete kept; });
}

Napi::Object Outcome(Napi::Env env, const Program& program, Run& run) {
  Napi::Object outcome = Napi::Object::New(env);
  outcome.Set("pid", program.pid);
  outcome.Set("end", ToArray(env, run.end));
  Napi::Array captured = Napi::Array::New(env);
  Napi::Array truncated = Napi::Array::New(env);
  for (Captured& each : run.outputs) {
    captured.Set(captured.Length(), each.target);
    captured.Set(captured.Length(), BytesOf(env, std::move(each.bytes)));
    if (each.truncated) truncated.Set(truncated.Length(), each.target);
  }
  outcome.Set("captured", captured);
  outcome.Set("truncated", truncated);
  outcome.Set("timedOut", run.timed_out);
  return outcome;
}

Napi::Value RunSync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const Napi::Object given = info[0].As<Napi::Object>();
  Program program(info, 2);
  ArmCleanup();
  const SpawnFailure failure = program.Start(Instance::Of(env).UsesPidfd());
  if (failure.failed) {
    ThrowSpawnFailure(env, failure);
    return env.Undefined();
  }
  AddToCleanup(program.pid, program.pidfd);
  Run run(program, BoundsOf(given), given.Get("stop").As<Napi::Function>());
  if (info[1].IsTypedArray()) {
    const Napi::Uint8Array input = info[1].As<Napi::Uint8Array>();
    run.Feed(input.Data(), input.ByteLength());
  }
  run.Go();
  RemoveFromCleanup(program.pid);
  CloseAndForget(program.pidfd);
  if (env.IsExceptionPending()) return env.Undefined();
  return Outcome(env, program, run);
}

}  // namespace

void RegisterRunSync(Napi::Env env, Napi::Object exports) {
  exports.Set("runSync", Napi::Function::New(env, RunSync, "runSync"));
}
