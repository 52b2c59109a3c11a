// The lines of /proc/PID/stat of all processes, look by look: what has not changed is not told again.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <vector>

#include "packer.h"
#include "sys.h"

class StatWatch {
 public:
  StatWatch();
  ~StatWatch();
  StatWatch(const StatWatch&) = delete;
  StatWatch& operator=(const StatWatch&) = delete;

  // Packs each pid, in ascending order: with an empty piece if its line is the same as at the last look,
  // with the line if it is not, and with a failure (ESRCH) if it is another process than at the last
  // look. `anew`: pids, in ascending order, whose lines are told whatever they are.
  SysError Look(const std::vector<int>& anew, Packer& out);

  // In a forked child in which nothing goes on: gives all descriptors back.
  static void CloseAll();

 private:
  struct Kept {
    pid_t pid = 0;
    // Open on the line, of this one process for good; -1 where there are too many.
    int fd = -1;
    bool is_known = false;
    std::string line;
  };

  // 0, or the errno for which there is no line.
  int Read(int proc, Kept& kept);
  int Open(int proc, pid_t pid);
  void Tell(int proc, Kept& kept, bool anew, Packer& out);
  void Keep(const std::vector<int>& pids);
  void CloseKept();

  std::vector<Kept> kept_;
  std::vector<char> text_;
  size_t size_ = 0;
  size_t open_ = 0;
  size_t most_open_ = 0;
  int failure_ = 0;
};
