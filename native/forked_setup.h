// A forked child is given what was asked for, and its parent hears whether that went well.
#pragma once

#include "child_setup.h"
#include "fork_steps.h"
#include "program.h"

// In the child, before it has threads: takes the steps, or tells the parent by `report` which one failed
// and ends.
class SetUp final : public ChildsFirst {
 public:
  SetUp(Program& program, int report) : program_(program), report_(report) {}
  void Run() override;

 private:
  Program& program_;
  int report_;
};

// In the parent: the numbers that the child's descriptors are to have, so that nothing else of ours gets
// one of them before the fork.
class Placeholders {
 public:
  Placeholders() = default;
  Placeholders(const Placeholders&) = delete;
  Placeholders& operator=(const Placeholders&) = delete;

  SpawnFailure Take(const std::vector<int>& targets);
  void GiveBack();

 private:
  std::vector<int> taken_;
};

// In the parent: waits for what the child reports, which is nothing when all is done.
SpawnFailure HearOf(int report);

// Waits for the end of a child that failed.
void ReapFailed(Forked& forked);
