// The descriptors of the child. The rule of child_setup.cc holds here too: async-signal-safe calls
// only, no allocation, no lock.
#include <sys/stat.h>

#include "child_step.h"

namespace {

// Descriptors 0, 1 and 2 of a program block. A pipe or FIFO is opened anew, because the flag belongs
// to the open file, which the parent may be using without blocking; others are switched.
bool MakeBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) == 0) return true;
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
    char path[32] = "/proc/self/fd/";
    char* end = path + 14;
    if (fd >= 10) *end++ = static_cast<char>('0' + fd / 10);
    *end++ = static_cast<char>('0' + fd % 10);
    *end = '\0';
    // Without O_NONBLOCK the opening itself would wait for the other side of a FIFO, if that has gone.
    const int fresh = open(path, (flags & O_ACCMODE) | O_CLOEXEC | O_NONBLOCK);
    if (fresh >= 0) {
      const bool moved = fcntl(fresh, F_SETFL, 0) == 0 && dup2(fresh, fd) == fd;
      close(fresh);
      if (moved) return true;
    }
  }
  return fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

// Closes first..last without close_range(2) (before Linux 5.9, or forbidden by seccomp).
void CloseOneByOne(unsigned first, unsigned last) {
  struct rlimit limit = {};
  unsigned bound = 65536;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < bound) {
    bound = static_cast<unsigned>(limit.rlim_cur);
  }
  const int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    for (unsigned fd = first; fd <= last && fd < bound; fd++) close(static_cast<int>(fd));
    return;
  }
  struct Entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  alignas(8) char buffer[2048];
  // Closing while reading may skip entries of this pass, so passes are made until one closes nothing.
  for (bool closed = true; closed;) {
    closed = false;
    lseek(folder, 0, SEEK_SET);
    for (;;) {
      const long size = syscall(SYS_getdents64, folder, buffer, sizeof(buffer));
      if (size <= 0) break;
      for (long at = 0; at < size;) {
        const Entry* entry = reinterpret_cast<const Entry*>(buffer + at);
        at += entry->length;
        unsigned fd = 0;
        const char* digit = entry->name;
        if (*digit < '0' || *digit > '9') continue;
        for (; *digit >= '0' && *digit <= '9'; digit++) fd = fd * 10 + static_cast<unsigned>(*digit - '0');
        if (fd < first || fd > last || static_cast<int>(fd) == folder) continue;
        if (close(static_cast<int>(fd)) == 0) closed = true;
      }
    }
  }
  // It has close-on-exec; where it stands in the range it must not be what the child asked for.
  close(folder);
}

void CloseRange(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
  CloseOneByOne(first, last);
}

bool IsTarget(const std::vector<ChildDescriptor>& descriptors, int fd) {
  for (const ChildDescriptor& each : descriptors) {
    if (each.target == fd && each.source >= 0) return true;
  }
  return false;
}

// A copy of `fd` at a free number that no descriptor is to go to.
int MoveAside(const std::vector<ChildDescriptor>& descriptors, int fd) {
  for (int lowest = 3;;) {
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    if (moved < 0 || !IsTarget(descriptors, moved)) return moved;
    close(moved);
    lowest = moved + 1;
  }
}

// What stands where another one is to go is moved aside first, so that swaps and chains of any shape
// land right.
bool ClearTargets(std::vector<ChildDescriptor>& descriptors, Step& step) {
  for (ChildDescriptor& each : descriptors) {
    if (each.source < 0 || each.source == each.target) continue;
    if (!IsTarget(descriptors, each.source)) continue;
    const int moved = MoveAside(descriptors, each.source);
    if (moved < 0) return step.Fail(Stage::kDescriptors, "fcntl");
    each.source = moved;
  }
  return true;
}

bool PlaceDescriptors(const std::vector<ChildDescriptor>& descriptors, Step& step) {
  for (const ChildDescriptor& each : descriptors) {
    if (each.source < 0) continue;
    if (each.source == each.target) {
      if (fcntl(each.target, F_SETFD, 0) < 0) return step.Fail(Stage::kDescriptors, "fcntl");
    } else if (dup2(each.source, each.target) < 0) {
      return step.Fail(Stage::kDescriptors, "dup2");
    }
    if (each.target <= 2 && !each.fresh && !MakeBlocking(each.target)) {
      return step.Fail(Stage::kDescriptors, "fcntl");
    }
  }
  return true;
}

// Leaves open what was asked for and nothing else; `descriptors` are sorted by target.
void CloseOthers(const std::vector<ChildDescriptor>& descriptors) {
  unsigned next = 0;
  for (const ChildDescriptor& each : descriptors) {
    if (each.source < 0) continue;
    const unsigned target = static_cast<unsigned>(each.target);
    if (target > next) CloseRange(next, target - 1);
    next = target + 1;
  }
  CloseRange(next, ~0U);
}

}  // namespace

bool ArrangeDescriptors(ChildProgram& program, Step& step) {
  if (!ClearTargets(program.descriptors, step)) return false;
  if (!PlaceDescriptors(program.descriptors, step)) return false;
  if (!program.in_place) CloseOthers(program.descriptors);
  return true;
}
