"""psutil's process_iter: `list COUNT`, one line of JSON for each."""
import json
import sys
import time

import psutil

FIELDS = ["pid", "ppid", "name", "status", "uids", "memory_info", "cpu_times", "cmdline"]


def once():
    return sum(1 for process in psutil.process_iter(FIELDS) if process.info["pid"] > 0)


if sys.argv[1:] == ["--version"]:
    print(psutil.__version__)
    sys.exit(0)

for line in sys.stdin:
    _, times = line.split()
    begin = time.monotonic_ns()
    for _ in range(int(times)):
        # Otherwise it keeps what it read of a process the last time.
        psutil.process_iter.cache_clear() if hasattr(psutil.process_iter, "cache_clear") else None
        count = once()
    print(json.dumps({"ns": time.monotonic_ns() - begin, "count": count}), flush=True)
