// Children whose JavaScript thread ended before they did: nobody waits for them, and they are reaped
// all the same.
#pragma once

#include <sys/types.h>

// Takes over a child, and its pidfd (-1: there are no pidfds here).
void ReapLater(pid_t pid, int pidfd);
