// The floor: what posix_spawn(3), waitpid(2) and read(2) cost without any runtime around them.
// Reads one command a line, answers each with one line of JSON.
//   sequence COUNT             starts and waits, one after the other
//   parallel BATCHES SIZE      starts SIZE, then waits for all of them, BATCHES times
//   stream PROGRAM BYTES       reads all that `PROGRAM BYTES` writes
//   forks COUNT MEGABYTES      forks while it holds so much memory, and waits for the end
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static char *const nothing[] = {"/bin/true", NULL};
static posix_spawn_file_actions_t ignored;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

// The three standard descriptors on one /dev/null that is open already: the least that can be done.
static void ignore_stdio(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) fail("/dev/null");
  posix_spawn_file_actions_init(&ignored);
  for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_adddup2(&ignored, null, fd);
}

static pid_t start(void) {
  pid_t pid;
  errno = posix_spawn(&pid, nothing[0], &ignored, NULL, nothing, environ);
  if (errno != 0) fail("posix_spawn");
  return pid;
}

static void reap(pid_t pid) {
  int status;
  if (waitpid(pid, &status, 0) < 0) fail("waitpid");
  if (status != 0) fail("exit status");
}

static void sequence(long count) {
  for (long i = 0; i < count; i++) reap(start());
}

static void parallel(long batches, long size) {
  for (long batch = 0; batch < batches; batch++) {
    for (long i = 0; i < size; i++) start();
    for (long i = 0; i < size; i++) reap(-1);
  }
}

static int64_t stream(char *program, char *bytes) {
  static char block[65536];
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe2");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  char *const argv[] = {program, bytes, NULL};
  pid_t pid;
  errno = posix_spawn(&pid, program, &actions, NULL, argv, environ);
  if (errno != 0) fail(program);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  int64_t total = 0;
  for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) total += got;
  close(ends[0]);
  reap(pid);
  return total;
}

// Written to page by page, and in pages of the ordinary size, as in a program that grew.
static void hold(size_t bytes) {
  static size_t held;
  if (held == bytes) return;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  memset(memory, 1, bytes);
  held = bytes;
}

static void forks(long count, long megabytes) {
  hold((size_t)megabytes << 20);
  for (long i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) _exit(0);
    reap(pid);
  }
}

int main(void) {
  char line[4096], program[2048], bytes[32];
  long a, b;
  ignore_stdio();
  while (fgets(line, sizeof line, stdin) != NULL) {
    int64_t total = 0;
    int64_t from = now();
    if (sscanf(line, "sequence %ld", &a) == 1) sequence(a);
    else if (sscanf(line, "parallel %ld %ld", &a, &b) == 2) parallel(a, b);
    else if (sscanf(line, "forks %ld %ld", &a, &b) == 2) forks(a, b);
    else if (sscanf(line, "stream %2047s %31s", program, bytes) == 2) total = stream(program, bytes);
    else return 2;
    printf("{\"ns\":%lld,\"bytes\":%lld}\n", (long long)(now() - from), (long long)total);
    fflush(stdout);
  }
  return 0;
}
