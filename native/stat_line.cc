#include "stat_line.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sys.h"

int StatLine::Read(int folder, const char* path) {
  const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ssize_t size;
  do {
    size = read(fd, text_, sizeof text_ - 1);
  } while (size < 0 && errno == EINTR);
  const int error = size < 0 ? errno : 0;
  close(fd);
  if (error != 0) return error;
  text_[size] = '\0';
  // The name of the program stands in parentheses and may itself hold any byte but NUL, also ')':
  // what follows is found from the end.
  const char* bracket = strrchr(text_, ')');
  if (bracket == nullptr || bracket[1] != ' ' || bracket[2] == '\0') return ESRCH;
  fields_ = bracket + 2;
  return 0;
}

int StatLine::Read(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  return Read(AT_FDCWD, path);
}

int64_t StatLine::Number(int field) const {
  const char* at = fields_;
  for (int number = 3; number < field; number++) {
    at = strchr(at, ' ');
    if (at == nullptr) return 0;
    at++;
  }
  // Limits of memory have all 64 bits.
  return static_cast<int64_t>(*at == '-' ? strtoll(at, nullptr, 10)
                                         : static_cast<int64_t>(strtoull(at, nullptr, 10)));
}
