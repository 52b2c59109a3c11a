#include "sibling.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <uv.h>

#include <cstring>
#include <vector>

namespace {

// How far from its beginning a C library keeps the id of a thread in what describes it.
constexpr uintptr_t kThreadSize = 4096;
// Handlers change a few words. More: the data changes by itself, and what belongs to a fork cannot be
// told from it.
constexpr size_t kMostChanges = 1024;

using Word = uint32_t;

struct Region {
  Word* data;
  size_t words;
};

struct Change {
  Word* at;
  Word value;
  // A handler took note of where it is: each sibling has a pid of its own.
  bool is_pid;
};

std::vector<Change> changes;
// Where the kernel clears the id of this thread when it ends, which is where the C library keeps it.
pid_t* thread_id = nullptr;

// The object that a function or variable is in.
void* ObjectOf(const void* address) {
  Dl_info info = {};
  return dladdr(address, &info) == 0 ? nullptr : info.dli_fbase;
}

// The C library's own data changes by its fork itself, and ours by watching.
bool IsWatched(const struct dl_phdr_info& info) {
  if (reinterpret_cast<void*>(info.dlpi_addr) == ObjectOf(&changes)) return false;
  for (const char* part : {"/libc.", "/libc-", "/ld-", "/libpthread", "linux-vdso"}) {
    if (strstr(info.dlpi_name, part) != nullptr) return false;
  }
  return true;
}

std::vector<Region> WritableData() {
  std::vector<Region> regions;
  dl_iterate_phdr(
      [](struct dl_phdr_info* info, size_t, void* into) {
        if (!IsWatched(*info)) return 0;
        for (int i = 0; i < info->dlpi_phnum; i++) {
          const auto& header = info->dlpi_phdr[i];
          if (header.p_type != PT_LOAD || (header.p_flags & PF_W) == 0) continue;
          const uintptr_t start = (info->dlpi_addr + header.p_vaddr + 7) & ~uintptr_t{7};
          const uintptr_t end = info->dlpi_addr + header.p_vaddr + header.p_memsz;
          if (end <= start) continue;
          static_cast<std::vector<Region>*>(into)->push_back(
              {reinterpret_cast<Word*>(start), (end - start) / sizeof(Word)});
        }
        return 0;
      },
      &regions);
  return regions;
}

// Copies the data of a fork, as the handlers leave it, into memory that is shared with it. Gives its pid,
// or -1.
pid_t CopyOfFork(const std::vector<Region>& regions, Word* copy) {
  const pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    for (const Region& region : regions) {
      memcpy(copy, region.data, region.words * sizeof(Word));
      copy += region.words;
    }
    _exit(0);
  }
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? pid : -1;
}

bool Compare(const std::vector<Region>& regions, const Word* copy, pid_t pid) {
  for (const Region& region : regions) {
    for (size_t i = 0; i < region.words; i++) {
      if (region.data[i] == copy[i]) continue;
      if (changes.size() == kMostChanges) return false;
      changes.push_back({region.data + i, copy[i], copy[i] == static_cast<Word>(pid)});
    }
    copy += region.words;
  }
  return true;
}

// Nothing may be allocated here that the comparison would see.
const char* WatchHandlers() {
  const std::vector<Region> regions = WritableData();
  size_t words = 0;
  for (const Region& region : regions) words += region.words;
  changes.reserve(kMostChanges);
  void* const shared = mmap(nullptr, words * sizeof(Word), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return "there is no memory to watch a fork with";
  Word* const copy = static_cast<Word*>(shared);
  const pid_t pid = CopyOfFork(regions, copy);
  const bool compared = pid > 0 && Compare(regions, copy, pid);
  munmap(shared, words * sizeof(Word));
  if (pid < 0) return "a fork that was made to be watched failed";
  return compared ? nullptr : "the data of this program changes while nothing runs";
}

bool ChangesLibuv() {
  void* const libuv = ObjectOf(reinterpret_cast<void*>(uv_queue_work));
  for (const Change& change : changes) {
    if (ObjectOf(change.at) == libuv) return true;
  }
  return false;
}

bool FindThreadId() {
  if (prctl(PR_GET_TID_ADDRESS, &thread_id) < 0) return false;
  const uintptr_t at = reinterpret_cast<uintptr_t>(thread_id);
  const uintptr_t thread = static_cast<uintptr_t>(pthread_self());
  // The C library of musl has something else cleared.
  return at >= thread && at < thread + kThreadSize && *thread_id == getpid();
}

long Clone(unsigned long flags, int* pidfd) {
#if defined(__aarch64__)
  return syscall(SYS_clone, flags, nullptr, pidfd, nullptr, thread_id);
#elif defined(__x86_64__)
  return syscall(SYS_clone, flags, nullptr, pidfd, thread_id, nullptr);
#else
  // The order of the arguments is another on each architecture.
  errno = ENOSYS;
  return -1;
#endif
}

}  // namespace

SiblingMaker& SiblingMaker::Get() {
  static SiblingMaker maker;
  return maker;
}

const char* SiblingMaker::Prepare() {
  if (!FindThreadId()) return "the kernel does not tell where the C library keeps the id of a thread";
  changes.clear();
  if (const char* reason = WatchHandlers()) return reason;
  return ChangesLibuv() ? nullptr : "libuv does nothing at a fork that could be seen";
}

pid_t SiblingMaker::Make(int* pidfd) {
  void* robust = nullptr;
  size_t size = 0;
  syscall(SYS_get_robust_list, 0, &robust, &size);
  const unsigned long flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
                              (pidfd == nullptr ? 0 : CLONE_PIDFD);
  const long pid = Clone(flags, pidfd);
  if (pid != 0) return static_cast<pid_t>(pid);
  if (robust != nullptr) syscall(SYS_set_robust_list, robust, size);
  for (const Change& change : changes) {
    *change.at = change.is_pid ? static_cast<Word>(getpid()) : change.value;
  }
  return 0;
}
