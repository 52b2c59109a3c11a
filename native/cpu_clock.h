// The scheduler's clocks: each processor has its own, that stands still while the processor is taken
// away from this machine (steal) or serves interrupts.
#pragma once

#include <map>

class CpuClocks {
 public:
  // The clock of a processor in ms, as se.exec_start of /proc/PID/sched has it; below 0: not known. The
  // first question about a processor moves this thread there for a moment.
  double Now(int cpu);

 private:
  // By processor: how far its clock is ahead of that of this machine.
  std::map<int, double> ahead_;
};
