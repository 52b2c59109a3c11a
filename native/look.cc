// Every file is opened below the folder of its process, and that stands for one process for good: what
// is read through it after the process ended fails with ESRCH, whoever has its pid then.
#include "look.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "stat_line.h"

#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif

namespace {

constexpr std::string_view kDeleted = " (deleted)";
// IOPRIO_WHO_PROCESS of ioprio_get(2).
constexpr int kWhoProcess = 1;

// Files that the kernel hands out in parts, so that a read that is not full is not their end.
bool InParts(std::string_view name) {
  return name == "smaps" || name == "maps" || name.starts_with("net/");
}

// Never asks a file server that may not answer.
bool Status(int folder, const char* path, struct statx& status) {
  return statx(folder, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) == 0;
}

bool SameFile(const struct statx& a, const struct statx& b) {
  return a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major &&
         a.stx_dev_minor == b.stx_dev_minor;
}

// The kernel adds " (deleted)" to a path that is not there any more. A file may have such a name, too.
bool IsDeleted(int process, const char* path, std::string_view target) {
  if (!target.ends_with(kDeleted)) return false;
  struct statx open_file, named;
  if (!Status(process, path, open_file)) return true;
  const std::string whole = "root" + std::string(target);
  return !Status(process, whole.c_str(), named) || !SameFile(open_file, named);
}

}  // namespace

SysError NumbersIn(int folder, const char* path, std::vector<int>& numbers) {
  const int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* open_folder = fd < 0 ? nullptr : fdopendir(fd);
  if (open_folder == nullptr) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return {"open", error};
  }
  SysError failure;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(open_folder);
    if (entry == nullptr) {
      if (errno != 0) failure = {"getdents", errno};
      break;
    }
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') numbers.push_back(atoi(entry->d_name));
  }
  closedir(open_folder);
  return failure;
}

LookItem::LookItem(const std::string& name) : kind(kFile), path(name) {
  if (name.starts_with("@")) {
    kind = kLink;
    path = name.substr(1);
  } else if (name.starts_with("task/")) {
    kind = kThreads;
    path = name.substr(5);
  } else if (name == "fd/") {
    kind = kDescriptors;
  } else if (name == "ioprio") {
    kind = kIoPriority;
  } else if (name == "clock") {
    kind = kClock;
  }
}

void Looker::Look(int proc, pid_t pid, Packer& out) {
  out.Number(pid);
  char name[64];
  // One file is of one process, without a folder that keeps it so.
  if (items_.size() == 1 && items_[0].kind == LookItem::kFile && !items_[0].path.empty()) {
    snprintf(name, sizeof name, "%d/%.40s", pid, items_[0].path.c_str());
    const size_t begin = out.Begin();
    File(proc, name, out);
    return out.End(begin);
  }
  snprintf(name, sizeof name, "%d", pid);
  const int process = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (process < 0) return out.Failure(errno);
  const size_t begin = out.Begin();
  own_ = pid == getpid() ? std::array{proc, process} : std::array{-1, -1};
  for (const LookItem& item : items_) Item(process, pid, item, out);
  out.End(begin);
  close(process);
}

void Looker::Item(int process, pid_t pid, const LookItem& item, Packer& out) {
  switch (item.kind) {
    case LookItem::kFile:
      return File(process, item.path.c_str(), out);
    case LookItem::kLink:
      return Link(process, item.path.c_str(), out);
    case LookItem::kDescriptors:
      return Descriptors(process, out);
    case LookItem::kThreads:
      return Threads(process, item.path.c_str(), out);
    case LookItem::kClock:
      return Clock(process, out);
    case LookItem::kIoPriority: {
      // By pid: whoever asks for it looks afterwards whether the process is still there.
      const long value = syscall(SYS_ioprio_get, kWhoProcess, pid);
      if (value < 0) return out.Failure(errno);
      return out.Piece(std::to_string(value));
    }
  }
}

void Looker::File(int folder, const char* path, Packer& out) {
  // The owner of the folder itself: the effective user and group, which costs less than a file.
  if (*path == '\0') {
    struct statx status;
    if (!Status(folder, ".", status)) return out.Failure(errno);
    return out.Piece(std::to_string(status.stx_uid) + " " + std::to_string(status.stx_gid));
  }
  const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return out.Failure(errno);
  const bool in_parts = InParts(path);
  size_t size = 0;
  int error = 0;
  for (;;) {
    if (size == text_.size()) text_.resize(2 * size);
    const ssize_t got = read(fd, text_.data() + size, text_.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    size += static_cast<size_t>(got);
    if (!in_parts && size < text_.size()) break;
  }
  close(fd);
  if (error != 0) return out.Failure(error);
  out.Piece({text_.data(), size});
}

void Looker::Link(int process, const char* path, Packer& out) {
  // A path in /proc is cut at a page.
  char target[4097];
  const ssize_t size = readlinkat(process, path, target + 1, sizeof target - 1);
  if (size < 0) return out.Failure(errno);
  std::string_view link(target + 1, static_cast<size_t>(size));
  const bool deleted = IsDeleted(process, path, link);
  if (deleted) link.remove_suffix(kDeleted.size());
  target[0] = deleted ? 'd' : '-';
  out.Piece({target, link.size() + 1});
}

void Looker::Descriptors(int process, Packer& out) {
  std::vector<int> numbers;
  const SysError failure = NumbersIn(process, "fd", numbers);
  if (failure) return out.Failure(failure.error);
  const size_t begin = out.Begin();
  char path[32], status_text[160];
  for (const int number : numbers) {
    snprintf(path, sizeof path, "fd/%d", number);
    // Open only to look: if it is this program that is looked at.
    if (number == own_[0] || number == own_[1]) continue;
    out.Number(number);
    Link(process, path, out);
    struct statx status;
    if (Status(process, path, status)) {
      const int size = snprintf(status_text, sizeof status_text, "%u %llu %u %u %u %u %u %llu",
                                status.stx_mode, static_cast<unsigned long long>(status.stx_ino),
                                status.stx_dev_major, status.stx_dev_minor, status.stx_rdev_major,
                                status.stx_rdev_minor, status.stx_nlink,
                                static_cast<unsigned long long>(status.stx_size));
      out.Piece({status_text, static_cast<size_t>(size)});
    } else {
      out.Failure(errno);
    }
    snprintf(path, sizeof path, "fdinfo/%d", number);
    File(process, path, out);
  }
  out.End(begin);
}

void Looker::Clock(int process, Packer& out) {
  StatLine line;
  const int error = line.Read(process, "stat");
  if (error != 0) return out.Failure(error);
  // Field 39: the processor on which it last ran.
  const double now = clocks_.Now(static_cast<int>(line.Number(39)));
  if (now < 0) return out.Failure(ENOSYS);
  out.Piece(std::to_string(now));
}

void Looker::Threads(int process, const char* name, Packer& out) {
  std::vector<int> numbers;
  const SysError failure = NumbersIn(process, "task", numbers);
  if (failure) return out.Failure(failure.error);
  const size_t begin = out.Begin();
  for (const int number : numbers) {
    out.Number(number);
    File(process, ("task/" + std::to_string(number) + "/" + name).c_str(), out);
  }
  out.End(begin);
}
