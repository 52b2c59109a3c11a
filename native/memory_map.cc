#include "memory_map.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace {

// A line of /proc/self/maps: `start-end perms offset device inode   path`. The heap of V8 is anonymous
// memory, which has the inode 0; the kernel's own regions ([vdso], [vvar]) refuse the advice.
void Advise(char* line) {
  char* at = line;
  const unsigned long start = strtoul(at, &at, 16);
  const unsigned long end = strtoul(at + 1, &at, 16);
  for (int field = 0; field < 3 && at != nullptr; field++) {
    at = strchr(at + 1, ' ');
  }
  if (at == nullptr || strtoul(at, nullptr, 10) != 0) return;
  madvise(reinterpret_cast<void*>(start), end - start, MADV_DOFORK);
}

}  // namespace

SysError MakeMemoryInheritable() {
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {"open", errno};
  // Not on the heap: reading must not change what is read.
  static char buffer[1 << 16];
  size_t have = 0;
  ssize_t count;
  while ((count = read(fd, buffer + have, sizeof buffer - have - 1)) > 0) {
    have += static_cast<size_t>(count);
    buffer[have] = '\0';
    char* line = buffer;
    while (char* end = strchr(line, '\n')) {
      *end = '\0';
      Advise(line);
      line = end + 1;
    }
    have -= static_cast<size_t>(line - buffer);
    memmove(buffer, line, have);
  }
  const int error = errno;
  close(fd);
  return count < 0 ? SysError{"read", error} : SysError{};
}
