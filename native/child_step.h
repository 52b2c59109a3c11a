// The steps between clone and exec; see the rule in child_setup.cc, which holds for all of them.
#pragma once

#include "child_setup.h"

// Reports the first step that fails, and says false then.
struct Step {
  SpawnFailure& failure;

  bool Fail(Stage stage, const char* syscall_name, const char* path = nullptr) {
    failure.Set(stage, syscall_name, path);
    return false;
  }

  bool FailWith(Stage stage, const char* syscall_name, int error, const char* path = nullptr) {
    errno = error;
    return Fail(stage, syscall_name, path);
  }
};

// Puts every descriptor at its number, and closes the others.
bool ArrangeDescriptors(ChildProgram& program, Step& step);
