#include "stat_watch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "look.h"

namespace {

// Of the descriptors that a program may have, this part is taken for lines that stay open.
constexpr size_t kPart = 4;
// The longest line has a name of a kernel thread and fifty numbers.
constexpr size_t kLongest = 4096;

// Never destroyed: a worker may end while the program exits.
struct Watches {
  std::mutex mutex;
  std::set<StatWatch*> all;
};

Watches& TheWatches() {
  static auto* watches = new Watches;
  return *watches;
}

size_t MostOpen() {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
  return static_cast<size_t>(limit.rlim_cur) / kPart;
}

}  // namespace

StatWatch::StatWatch() : text_(kLongest) {
  const std::lock_guard<std::mutex> lock(TheWatches().mutex);
  TheWatches().all.insert(this);
}

StatWatch::~StatWatch() {
  {
    const std::lock_guard<std::mutex> lock(TheWatches().mutex);
    TheWatches().all.erase(this);
  }
  CloseKept();
}

void StatWatch::CloseAll() {
  const std::lock_guard<std::mutex> lock(TheWatches().mutex);
  for (StatWatch* watch : TheWatches().all) watch->CloseKept();
}

void StatWatch::CloseKept() {
  for (Kept& kept : kept_) CloseAndForget(kept.fd);
  open_ = 0;
}

// An open file is read again for half the price of opening it.
int StatWatch::Open(int proc, pid_t pid) {
  const std::string path = std::to_string(pid) + "/stat";
  int fd = openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == EMFILE && open_ > 0) {
    // The program needs them itself.
    CloseKept();
    most_open_ = 0;
    fd = openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) failure_ = errno;
  return fd;
}

int StatWatch::Read(int proc, Kept& kept) {
  const bool was_open = kept.fd >= 0;
  const int fd = was_open ? kept.fd : Open(proc, kept.pid);
  if (fd < 0) return errno;
  ssize_t size;
  do {
    size = pread(fd, text_.data(), text_.size(), 0);
  } while (size < 0 && errno == EINTR);
  const int error = size < 0 ? errno : size == 0 ? ESRCH : 0;
  const bool stays = error == 0 && (was_open || open_ < most_open_);
  if (stays && !was_open) open_++;
  if (!stays && was_open) open_--;
  if (!stays) close(fd);
  kept.fd = stays ? fd : -1;
  size_ = error == 0 ? static_cast<size_t>(size) : 0;
  return error;
}

void StatWatch::Tell(int proc, Kept& kept, bool anew, Packer& out) {
  const bool was_open = kept.fd >= 0;
  int error = Read(proc, kept);
  if (error != 0 && was_open) {
    // The process that was open has ended, and its pid is another's already.
    kept.is_known = false;
    error = Read(proc, kept);
  }
  if (error != 0) {
    kept.pid = 0;
    return;
  }
  out.Number(kept.pid);
  const std::string_view line(text_.data(), size_);
  if (!kept.is_known) {
    out.Failure(ESRCH);
  } else if (anew || line != kept.line) {
    out.Piece(line);
  } else {
    out.Piece({});
    return;
  }
  kept.is_known = true;
  kept.line = line;
}

// Keeps what there is of these pids, and closes what there is of others.
void StatWatch::Keep(const std::vector<int>& pids) {
  std::vector<Kept> before = std::exchange(kept_, {});
  const auto let_go = [this](Kept& kept) {
    if (kept.fd >= 0) open_--;
    CloseAndForget(kept.fd);
  };
  kept_.reserve(pids.size());
  auto old = before.begin();
  for (const int pid : pids) {
    for (; old != before.end() && old->pid < pid; old++) let_go(*old);
    if (old != before.end() && old->pid == pid) {
      kept_.push_back(std::move(*old++));
    } else {
      kept_.emplace_back().pid = pid;
    }
  }
  for (; old != before.end(); old++) let_go(*old);
}

SysError StatWatch::Look(const std::vector<int>& anew, Packer& out) {
  std::vector<int> pids;
  const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return {"open", errno};
  if (const SysError failure = NumbersIn(AT_FDCWD, "/proc", pids)) {
    close(proc);
    return failure;
  }
  std::sort(pids.begin(), pids.end());
  Keep(pids);
  most_open_ = MostOpen();
  failure_ = 0;
  for (Kept& kept : kept_) {
    Tell(proc, kept, std::binary_search(anew.begin(), anew.end(), kept.pid), out);
    if (failure_ != 0) break;
  }
  std::erase_if(kept_, [](const Kept& kept) { return kept.pid == 0; });
  close(proc);
  return failure_ == 0 ? SysError{} : SysError{"open", failure_};
}
