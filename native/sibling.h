// A fork(2) whose child is not ours but our parent's: clone(2) with CLONE_PARENT, for the fork server. To
// the program that started us it is a child like any other: it waits for it, and its ppid is right.
//
// The fork() of the C library takes no flags, and a bare clone leaves out what the library does around
// it. Of that, a process that is at rest needs three things, and they are done here:
//  - the library's idea of its thread's id: the kernel writes it to where the library told it to clear it
//  - the list of robust mutexes, which the kernel does not take over
//  - what handlers of pthread_atfork(3) change in the child. libuv has one, without which its threads
//    are never started there. They cannot be called, so they are watched, once, in a fork() that is
//    made for that, and what they change is changed in each clone.
// What is left out are locks that other threads might hold (they are at rest, and hold none) and the
// memory of their stacks, which stays taken.
#pragma once

#include <sys/types.h>

#include "sys.h"

class SiblingMaker {
 public:
  static SiblingMaker& Get();

  // Once, before the first: nullptr, or why no sibling can be made here. Every thread is at rest, and
  // libuv's have been started.
  const char* Prepare();

  // 0 in the sibling, -1 with errno if there is none. Signals are blocked. `pidfd` is the caller's to
  // close; nullptr: none is wanted.
  pid_t Make(int* pidfd);

 private:
  SiblingMaker() = default;
};
