// The process table, from /proc/PID/stat: one read a process, about 8 µs.
#include <dirent.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "js.h"
#include "stat_line.h"
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

// 0, or the errno for which there is no row: ENOENT and ESRCH where the process is gone.
int Read(int proc, const char* pid, Row& row) {
  char path[64];
  snprintf(path, sizeof path, "%s/stat", pid);
  StatLine line;
  const int error = line.Read(proc, path);
  if (error != 0) return error;
  row = {strtod(pid, nullptr),
         static_cast<double>(line.Number(4)),
         static_cast<double>(line.Number(5)),
         static_cast<double>(line.Number(6)),
         static_cast<double>(line.State()),
         static_cast<double>(line.StartTime())};
  return 0;
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
