// Children whose JavaScript thread ended before they did: nobody waits for them, and they are reaped
// all the same.
#pragma once

#include <sys/types.h>

// Takes over a child, and its pidfd (-1: there are no pidfds here).
void ReapLater(pid_t pid, int pidfd);

// The thread that sees to them; 0 while there is none. It can be forked away like a thread of libuv: it
// holds nothing but its lock, which a fork holds meanwhile.
pid_t ReaperOfLeftBehind();
void LockLeftBehind();
void UnlockLeftBehind();
// Instead of the unlocking, in a forked child: they are its parent's.
void ForgetLeftBehind();
