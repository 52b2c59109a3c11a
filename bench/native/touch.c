// touch BYTES: writes to every page of so much memory, and ends: then the machine has it at hand.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  size_t size = (size_t)atoll(argv[1]);
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    perror("mmap");
    return 1;
  }
  madvise(memory, size, MADV_HUGEPAGE);
  for (size_t at = 0; at < size; at += 4096) ((volatile char *)memory)[at] = 1;
  return 0;
}
