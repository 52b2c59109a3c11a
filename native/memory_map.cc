#include "memory_map.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

struct Range {
  uintptr_t start;
  uintptr_t end;
};

// The kernel walks a whole range at once, over holes too, up to the first region that refuses. Those are
// few (its own, rings of io_uring, devices) and stay where they are. So what lies between them is kept
// from the last time, and a sweep takes a handful of calls, however many regions there are.
std::vector<Range> between;

bool MayBeForked(Range range) {
  return madvise(reinterpret_cast<void*>(range.start), range.end - range.start, MADV_DOFORK) == 0;
}

enum class Sweep { kDone, kRefused, kFailed };

// kFailed: errno says why. It is not that of a hole, ENOMEM: where the kernel has no memory for the
// advice itself, it says EAGAIN.
Sweep SweepBetween() {
  if (between.empty()) return Sweep::kRefused;
  for (const Range& range : between) {
    if (MayBeForked(range) || errno == ENOMEM) continue;
    return errno == EINVAL ? Sweep::kRefused : Sweep::kFailed;
  }
  return Sweep::kDone;
}

// A line of /proc/self/maps: `start-end perms offset device inode   path`.
Range RangeOf(const char* line) {
  char* at;
  const uintptr_t start = strtoul(line, &at, 16);
  return {start, strtoul(at + 1, nullptr, 16)};
}

// Region by region, and learns what lies between those that refuse. `from`: where the next of these
// ranges starts.
bool SweepRegion(Range region, uintptr_t& from) {
  if (MayBeForked(region)) return true;
  if (errno == EAGAIN) return false;
  if (region.start > from) between.push_back({from, region.start});
  from = region.end;
  return true;
}

// No program has memory from here on; [vsyscall], which lies beyond, is in every program.
constexpr uintptr_t kTop = uintptr_t{1} << 63;

SysError SweepByList() {
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {"open", errno};
  // Not on the heap: reading must not change what is read.
  static char buffer[1 << 16];
  between.clear();
  between.reserve(64);
  uintptr_t from = 0;
  size_t have = 0;
  ssize_t count;
  bool fine = true;
  while (fine && (count = read(fd, buffer + have, sizeof buffer - have - 1)) > 0) {
    have += static_cast<size_t>(count);
    buffer[have] = '\0';
    char* line = buffer;
    for (char* end; fine && (end = strchr(line, '\n')) != nullptr; line = end + 1) {
      const Range region = RangeOf(line);
      if (region.start < kTop) fine = SweepRegion(region, from);
    }
    have -= static_cast<size_t>(line - buffer);
    memmove(buffer, line, have);
  }
  const SysError failure = {fine ? "read" : "madvise", errno};
  const bool failed = !fine || count < 0;
  close(fd);
  between.push_back({from, kTop});
  if (failed) between.clear();
  return failed ? failure : SysError{};
}

}  // namespace

SysError MakeMemoryInheritable() {
  switch (SweepBetween()) {
    case Sweep::kDone:
      return {};
    case Sweep::kFailed:
      return {"madvise", errno};
    case Sweep::kRefused:
      return SweepByList();
  }
  return {};
}
