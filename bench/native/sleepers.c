// Processes that sleep, and note in shared memory when they end.
//   sleepers one SLOTS INDEX      is one of them
//   sleepers serve SLOTS COUNT    forks COUNT of them, prints their pids, then takes commands by line:
//     own PACE FROM TO            ends and reaps its own children FROM up to TO
//     pids PACE PID PID …         ends other processes
// SIGTERM ends a sleeper: it writes the time to its slot and exits with code 7. PACE: microseconds
// between two, 0: all at once. A slot is an int64: 0 not ready, 1 asleep, otherwise CLOCK_MONOTONIC in ns
// right before _exit(2).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *slots;
static pid_t *children;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "sleepers: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void map_slots(const char *path) {
  struct stat file;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &file) < 0) fail(path);
  slots = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (slots == MAP_FAILED) fail("mmap");
  close(fd);
}

static void block_sigterm(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigprocmask(SIG_BLOCK, set, NULL);
}

// Killed with the one who started it, so that a benchmark that fails leaves nothing behind.
static _Noreturn void sleep_at(long index, pid_t parent) {
  sigset_t set;
  int signal;
  block_sigterm(&set);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  slots[index] = 1;
  while (sigwait(&set, &signal) != 0) {
  }
  slots[index] = now();
  _exit(7);
}

static void fork_all(long count) {
  children = calloc((size_t)count + 1, sizeof *children);
  pid_t self = getpid();
  for (long i = 0; i < count; i++) {
    children[i] = fork();
    if (children[i] < 0) fail("fork");
    if (children[i] == 0) sleep_at(i, self);
  }
  printf("{\"pids\":[");
  for (long i = 0; i < count; i++) printf(i == 0 ? "%d" : ",%d", children[i]);
  printf("]}\n");
  fflush(stdout);
}

static void reap(pid_t pid) {
  if (waitpid(pid, NULL, 0) < 0) fail("waitpid");
}

static void end_own(long pace, long from, long to) {
  for (long i = from; i < to; i++) {
    kill(children[i], SIGTERM);
    if (pace == 0) continue;
    reap(children[i]);
    usleep((useconds_t)pace);
  }
  for (long i = from; pace == 0 && i < to; i++) reap(children[i]);
}

static void end_others(char *list, long pace) {
  for (char *word = strtok(list, " \n"); word != NULL; word = strtok(NULL, " \n")) {
    pid_t pid = atoi(word);
    if (pid > 0) kill(pid, SIGTERM);
    if (pace != 0) usleep((useconds_t)pace);
  }
}

static void serve(void) {
  char *line = NULL;
  size_t size = 0;
  long pace, from, to;
  int list;
  while (getline(&line, &size, stdin) > 0) {
    int64_t begin = now();
    if (sscanf(line, "own %ld %ld %ld", &pace, &from, &to) == 3) end_own(pace, from, to);
    else if (sscanf(line, "pids %ld%n", &pace, &list) == 1) end_others(line + list, pace);
    else exit(2);
    printf("{\"ns\":%lld}\n", (long long)(now() - begin));
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  map_slots(argv[2]);
  if (strcmp(argv[1], "one") == 0) sleep_at(atol(argv[3]), getppid());
  fork_all(atol(argv[3]));
  serve();
  return 0;
}
