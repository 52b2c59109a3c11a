// writer BYTES: writes so many bytes to standard output in blocks of 64 KiB, as fast as they are taken.
// (head -c writes blocks of 8 KiB or less in some versions: one would measure head.)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char block[65536];

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  long long left = atoll(argv[1]);
  memset(block, 'x', sizeof block);
  while (left > 0) {
    size_t size = left < (long long)sizeof block ? (size_t)left : sizeof block;
    ssize_t written = write(1, block, size);
    if (written < 0) return 1;
    left -= written;
  }
  return 0;
}
