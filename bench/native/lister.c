// The floor of listing processes: reads stat, the owner and the arguments of each, and takes the eight
// common fields out of them. `list COUNT` on its standard input, one line of JSON for each.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char text[1 << 18];
static volatile uint64_t sink;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static ssize_t read_file(int folder, const char *path) {
  int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size >= 0) text[size] = '\0';
  return size;
}

// ppid, state, utime, stime and rss; the name stands before the last bracket.
static int take_stat(void) {
  char *bracket = strrchr(text, ')');
  if (bracket == NULL) return 0;
  char *at = bracket + 3;
  uint64_t fields[22];
  for (int i = 0; i < 21; i++) fields[i] = strtoull(at, &at, 10);
  sink += bracket[2] + fields[0] + fields[10] + fields[11] + fields[20];
  return 1;
}

static long list_once(void) {
  long count = 0;
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    int folder = openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) continue;
    struct stat owner;
    if (fstat(folder, &owner) == 0 && read_file(folder, "stat") > 0 && take_stat()) {
      sink += owner.st_uid;
      ssize_t size = read_file(folder, "cmdline");
      for (ssize_t i = 0; i < size; i++) sink += text[i] == '\0';
      count++;
    }
    close(folder);
  }
  closedir(proc);
  return count;
}

int main(void) {
  char line[256];
  long times;
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "list %ld", &times) != 1) return 2;
    long count = 0;
    int64_t from = now();
    for (long i = 0; i < times; i++) count = list_once();
    printf("{\"ns\":%lld,\"count\":%ld}\n", (long long)(now() - from), count);
    fflush(stdout);
  }
  return 0;
}
