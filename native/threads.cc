#include "threads.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "event_source.h"
#include "futex_watch.h"
#include "left_behind.h"
#include "orphan_reaper.h"

namespace {

// Threads of libuv's pool, and of others that were recognised. They never end.
std::vector<pid_t> known;

// How many there were when the last look found none but those that never end: as long as there are as
// many, they are the same. 0: there was no such look.
nlink_t all_known = 0;

bool Contains(const std::vector<pid_t>& all, pid_t id) {
  return std::find(all.begin(), all.end(), id) != all.end();
}

// The kernel counts a program's threads in the links of their folder. 0: it cannot be said.
nlink_t CountThreads() {
  struct stat folder;
  return stat("/proc/self/task", &folder) < 0 ? 0 : folder.st_nlink;
}

// In the order in which they were created, which is the order of the kernel's list.
SysError ListThreads(std::vector<pid_t>& all) {
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return {"open", errno};
  while (const dirent* entry = readdir(folder)) {
    const pid_t id = atoi(entry->d_name);
    if (id > 0) all.push_back(id);
  }
  closedir(folder);
  return {};
}

std::string ReadOf(pid_t thread, const char* file) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/%s", thread, file);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[4096];
  const ssize_t size = read(fd, text, sizeof text);
  close(fd);
  return size <= 0 ? std::string() : std::string(text, static_cast<size_t>(size));
}

std::string NameOf(pid_t thread) {
  std::string name = ReadOf(thread, "comm");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

bool BlocksEverySignal(pid_t thread) {
  const std::string status = ReadOf(thread, "status");
  const size_t at = status.find("\nSigBlk:");
  if (at == std::string::npos) return false;
  // The C library keeps 32 and 33 for itself; SIGKILL and SIGSTOP cannot be blocked.
  constexpr uint64_t kAll = 0xfffffffe7ffbfeff;
  return (strtoull(status.c_str() + at + 8, nullptr, 16) & kAll) == kAll;
}

// Work that holds every thread of libuv's pool until all have come, so that each tells its id once.
struct RollCall {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<pid_t> present;
  size_t left;
  bool over = false;
};

void Answer(uv_work_t* request) {
  auto& call = **static_cast<std::shared_ptr<RollCall>*>(request->data);
  std::unique_lock<std::mutex> lock(call.mutex);
  if (!call.over) call.present.push_back(static_cast<pid_t>(syscall(SYS_gettid)));
  call.changed.notify_all();
  call.changed.wait(lock, [&] { return call.over; });
  call.left--;
  call.changed.notify_all();
}

void Forget(uv_work_t* request, int) {
  delete static_cast<std::shared_ptr<RollCall>*>(request->data);
  delete request;
}

// As libuv reads it when it starts its pool.
size_t PoolSize() {
  const char* given = getenv("UV_THREADPOOL_SIZE");
  const int size = given == nullptr ? 4 : atoi(given);
  return static_cast<size_t>(std::clamp(size, 1, 1024));
}

// The variable may have been changed since the pool was started: then not all come.
constexpr auto kPatience = std::chrono::milliseconds(200);

void CallThePool(uv_loop_t* loop) {
  const size_t size = PoolSize();
  auto call = std::make_shared<RollCall>();
  call->left = 0;
  for (size_t i = 0; i < size; i++) {
    auto* request = new uv_work_t;
    request->data = new std::shared_ptr<RollCall>(call);
    {
      std::lock_guard<std::mutex> lock(call->mutex);
      call->left++;
    }
    uv_queue_work(loop, request, Answer, Forget);
  }
  std::unique_lock<std::mutex> lock(call->mutex);
  call->changed.wait_for(lock, kPatience, [&] { return call->present.size() == size; });
  call->over = true;
  call->changed.notify_all();
  call->changed.wait(lock, [&] { return call->left == 0; });
  for (const pid_t id : call->present) {
    if (!Contains(known, id)) known.push_back(id);
  }
}

// Node's thread that waits for SIGUSR1, to start the inspector. It is started right after those of the
// platform, blocks every signal, and has a name of its own since Node 24 (before, the program's).
bool WaitsForInspector(const std::vector<pid_t>& all, const std::vector<pid_t>& background,
                       pid_t thread) {
  const auto at = std::find(all.begin(), all.end(), thread);
  if (at == all.begin() || !Contains(background, *(at - 1))) return false;
  const std::string name = NameOf(thread);
  return (name == "SignalInspector" || name == NameOf(getpid())) && BlocksEverySignal(thread);
}

std::vector<pid_t> Unknown(const std::vector<pid_t>& all, const std::vector<pid_t>& background,
                           bool ours) {
  auto rest = all.begin();
  // What was started before the last of Node's own threads was started by Node.
  if (!ours) {
    for (auto at = all.begin(); at != all.end(); at++) {
      if (Contains(background, *at)) rest = at + 1;
    }
  }
  const pid_t reaper = ReaperOfLeftBehind();
  const pid_t orphans = ReaperOfOrphans();
  std::vector<pid_t> unknown;
  for (; rest != all.end(); rest++) {
    if (*rest == getpid() || *rest == reaper || *rest == orphans) continue;
    if (IsWatchThread(*rest) || EventSource::IsThread(*rest)) continue;
    if (!Contains(background, *rest) && !Contains(known, *rest)) unknown.push_back(*rest);
  }
  return unknown;
}

// The kernel lists its own helpers of io_uring among a program's threads.
bool IsKernels(const std::string& name) {
  return name.starts_with("iou-");
}

}  // namespace

SysError FindForeignThreads(uv_loop_t* loop, const std::vector<pid_t>& background, bool ours,
                            std::vector<ForeignThread>& found) {
  const nlink_t count = CountThreads();
  if (count != 0 && count == all_known) return {};
  all_known = 0;
  std::vector<pid_t> all;
  if (const SysError failure = ListThreads(all)) return failure;
  std::vector<pid_t> unknown = Unknown(all, background, ours);
  if (!ours && !unknown.empty() && WaitsForInspector(all, background, unknown.front())) {
    known.push_back(unknown.front());
    unknown.erase(unknown.begin());
  }
  if (!unknown.empty()) {
    CallThePool(loop);
    unknown = Unknown(all, background, ours);
  }
  for (const pid_t id : unknown) {
    const std::string name = NameOf(id);
    if (!IsKernels(name) && !name.empty()) found.push_back({id, name});
  }
  if (unknown.empty() && ReaperOfLeftBehind() == 0 && CountThreads() == count) all_known = count;
  return {};
}

bool IsAtWork(const ForeignThread& thread) {
  const std::string line = ReadOf(thread.id, "stat");
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= line.size()) return false;
  const char state = line[name_end + 2];
  return state == 'R' || state == 'D';
}

bool HasEnded(const ForeignThread& thread) {
  char path[48];
  snprintf(path, sizeof path, "/proc/self/task/%d", thread.id);
  return access(path, F_OK) < 0;
}

void ForgetThreads() {
  known.clear();
  all_known = 0;
}
