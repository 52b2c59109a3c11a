// Who holds these files, pipes and sockets: the descriptors of every process, gone through once.
#include <sys/stat.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "js.h"
#include "look.h"
#include "pool_job.h"
#include "stat_line.h"
#include "topics.h"

namespace {

// PF_KTHREAD in the flags of /proc/PID/stat: it has no descriptors.
constexpr int64_t kKernelThread = 0x00200000;
// What stands in place of a descriptor's number.
constexpr int kMapped = -4;
constexpr struct {
  const char* link;
  int number;
} kPlaces[] = {{"exe", -1}, {"cwd", -2}, {"root", -3}};

class HoldersJob : public PoolJob {
 public:
  HoldersJob(const std::vector<std::string>& targets, bool everywhere) : everywhere_(everywhere) {
    for (const std::string& target : targets) targets_.emplace(target, targets_.size());
  }

  // Packs the number of processes that it may not look into, and four numbers for each find.
  SysError Run() override {
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return {"open", errno};
    std::vector<int> pids;
    const SysError failure = NumbersIn(proc, ".", pids);
    packed.Number(0);
    for (const int pid : pids) Process(proc, pid);
    close(proc);
    packed.SetFirst(unseen_);
    return failure;
  }

 private:
  void Process(int proc, int pid) {
    char path[48];
    snprintf(path, sizeof path, "%d", pid);
    const int process = openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (process < 0) return;
    const int folder = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
      if (errno == EACCES && HasDescriptors(process)) unseen_++;
    } else {
      std::vector<int> numbers;
      NumbersIn(folder, ".", numbers);
      bool hidden = false;
      for (const int number : numbers) {
        snprintf(path, sizeof path, "%d", number);
        if (Try(folder, path, pid, number) == EACCES) hidden = true;
      }
      if (hidden) unseen_++;
      close(folder);
      if (everywhere_) Places(process, pid);
    }
    close(process);
  }

  static bool HasDescriptors(int process) {
    StatLine line;
    return line.Read(process, "stat") == 0 && line.State() != 'Z' &&
           (line.Number(9) & kKernelThread) == 0;
  }

  // Packs the descriptor if it leads to a target. Returns 0, or the errno for which it is not known.
  int Try(int folder, const char* path, int pid, int number) {
    char target[4096];
    const ssize_t size = readlinkat(folder, path, target, sizeof target);
    if (size < 0) return errno;
    const auto found = targets_.find(std::string(target, static_cast<size_t>(size)));
    if (found == targets_.end()) return 0;
    struct stat status;
    // The permissions of the link are how the file was opened.
    if (fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno;
    Pack(pid, number, found->second, static_cast<int>(status.st_mode));
    return 0;
  }

  void Places(int process, int pid) {
    for (const auto& [link, number] : kPlaces) Try(process, link, pid, number);
    const int fd = openat(process, "maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    std::string text;
    char buffer[1 << 14];
    for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, got);
    close(fd);
    for (const auto& [target, place] : targets_) {
      if (text.find(" " + target + "\n") != std::string::npos) Pack(pid, kMapped, place, S_IRUSR);
    }
  }

  void Pack(int pid, int fd, size_t target, int mode) {
    packed.Number(pid);
    packed.Number(fd);
    packed.Number(static_cast<int>(target));
    packed.Number(((mode & S_IRUSR) != 0 ? 1 : 0) | ((mode & S_IWUSR) != 0 ? 2 : 0));
  }

  std::unordered_map<std::string, size_t> targets_;
  bool everywhere_;
  int unseen_ = 0;
};

Napi::Value Holders(const Napi::CallbackInfo& info) {
  const Napi::Array given = info[0].As<Napi::Array>();
  std::vector<std::string> targets;
  for (uint32_t i = 0; i < given.Length(); i++) {
    const Napi::Value target = given.Get(i);
    if (target.IsEmpty()) return info.Env().Undefined();
    const Napi::Buffer<char> bytes = target.As<Napi::Buffer<char>>();
    targets.emplace_back(bytes.Data(), bytes.Length());
  }
  const bool everywhere = info[1].As<Napi::Boolean>();
  return PoolJob::Queue(info.Env(), std::make_unique<HoldersJob>(targets, everywhere));
}

}  // namespace

void RegisterHolders(Napi::Env env, Napi::Object exports) {
  exports.Set("holders", Napi::Function::New(env, Holders, "holders"));
}
