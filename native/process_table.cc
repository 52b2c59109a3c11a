// The process table, from /proc/PID/stat: one read a process, about 8 µs.
#include <dirent.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "js.h"
#include "sys.h"
#include "topics.h"

namespace {

struct Row {
  double pid;
  double ppid;
  double pgid;
  double sid;
  double state;
  double start_time;
};

// Skips `count` fields that end with a space.
const char* Skip(const char* at, int count) {
  while (count-- > 0) {
    at = strchr(at, ' ');
    if (at == nullptr) return nullptr;
    at++;
  }
  return at;
}

// The name of the program stands in parentheses and may itself hold any byte, also ')': what follows
// is found from the end.
bool Parse(const char* text, Row& row) {
  const char* at = strrchr(text, ')');
  if (at == nullptr || at[1] != ' ' || at[2] == '\0') return false;
  row.pid = strtod(text, nullptr);
  row.state = static_cast<unsigned char>(at[2]);
  char* next = nullptr;
  row.ppid = static_cast<double>(strtol(at + 3, &next, 10));
  row.pgid = static_cast<double>(strtol(next, &next, 10));
  row.sid = static_cast<double>(strtol(next, &next, 10));
  // Field 6 is the session, 22 the start time (proc_pid_stat(5)).
  const char* start = *next == ' ' ? Skip(next + 1, 15) : nullptr;
  if (start == nullptr) return false;
  row.start_time = static_cast<double>(strtoull(start, nullptr, 10));
  return true;
}

// 0, or the errno for which there is no row: ENOENT and ESRCH where the process is gone.
int Read(int proc, const char* pid, Row& row) {
  char path[64];
  snprintf(path, sizeof path, "%s/stat", pid);
  const int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  // The longest line is some 700 bytes: 50 numbers and a name of at most 64.
  char text[2048];
  ssize_t size;
  do {
    size = read(fd, text, sizeof text - 1);
  } while (size < 0 && errno == EINTR);
  const int error = size < 0 ? errno : 0;
  close(fd);
  if (error != 0) return error;
  text[size] = '\0';
  return Parse(text, row) ? 0 : ESRCH;
}

SysError ReadAll(std::vector<Row>& rows) {
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return {"open", errno};
  SysError failure;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(folder);
    if (entry == nullptr) {
      if (errno != 0) failure = {"getdents", errno};
      break;
    }
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    Row row;
    const int error = Read(dirfd(folder), entry->d_name, row);
    if (error == 0) {
      rows.push_back(row);
    } else if (error == EMFILE || error == ENFILE || error == ENOMEM) {
      // A table with holes would be taken for one in which processes have ended.
      failure = {"open", error};
      break;
    }
  }
  closedir(folder);
  return failure;
}

SysError ReadOne(pid_t pid, std::vector<Row>& rows) {
  // /proc answers for threads too. A signal 0 to the thread `pid` of the process `pid` finds only a
  // process; EPERM is a find.
  if (syscall(SYS_tgkill, pid, pid, 0) < 0 && errno != EPERM) {
    return errno == ESRCH || errno == EINVAL ? SysError{} : SysError{"tgkill", errno};
  }
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return {"open", errno};
  char name[16];
  snprintf(name, sizeof name, "%d", pid);
  Row row;
  const int error = Read(proc, name, row);
  close(proc);
  if (error == 0) rows.push_back(row);
  return error == 0 || error == ENOENT || error == ESRCH ? SysError{} : SysError{"open", error};
}

Napi::Value Table(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<Row> rows;
  const bool one = info.Length() > 0 && info[0].IsNumber();
  const SysError failure = one ? ReadOne(IntOf(info[0]), rows) : ReadAll(rows);
  if (failure) {
    ThrowSys(env, failure);
    return env.Undefined();
  }
  Napi::Array flat = Napi::Array::New(env, rows.size() * 6);
  uint32_t at = 0;
  for (const Row& row : rows) {
    for (const double value :
         {row.pid, row.ppid, row.pgid, row.sid, row.state, row.start_time}) {
      flat.Set(at++, value);
    }
  }
  return flat;
}

}  // namespace

void RegisterProcessTable(Napi::Env env, Napi::Object exports) {
  exports.Set("table", Napi::Function::New(env, Table, "table"));
}
