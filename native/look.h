// What /proc shows of one process, file by file.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "cpu_clock.h"
#include "packer.h"
#include "sys.h"

// What is to be read of each process. The path is relative to /proc/PID.
struct LookItem {
  enum Kind {
    kFile,
    kLink,         // "@exe": "d" (deleted) or "-", and the target
    kDescriptors,  // "fd/": for each its number, target, fdinfo, and status
    kThreads,      // "task/NAME": for each its number, and the file NAME
    kIoPriority,   // "ioprio"
    kClock,        // "clock": the scheduler's, of the processor on which it last ran
  };
  Kind kind;
  std::string path;

  explicit LookItem(const std::string& name);
};

class Looker {
 public:
  explicit Looker(std::vector<LookItem> items) : items_(std::move(items)), text_(1 << 16) {}

  // Packs pid, and a piece that has a piece (or a failure) for each item; or a failure, if there is no
  // such process. `proc` is /proc.
  void Look(int proc, pid_t pid, Packer& out);

 private:
  void Item(int process, pid_t pid, const LookItem& item, Packer& out);
  void File(int folder, const char* path, Packer& out);
  void Link(int process, const char* path, Packer& out);
  void Descriptors(int process, Packer& out);
  void Clock(int process, Packer& out);
  void Threads(int process, const char* name, Packer& out);

  std::vector<LookItem> items_;
  std::vector<char> text_;
  CpuClocks clocks_;
  // The descriptors of /proc and /proc/PID, through which is read.
  std::array<int, 2> own_ = {-1, -1};
};

// The numbers by which entries of a folder of /proc are named.
SysError NumbersIn(int folder, const char* path, std::vector<int>& numbers);
