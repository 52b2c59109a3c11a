"""Python's multiprocessing.Pool.map by fork; concurrent.futures with the argument 'executor'."""
import json
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def small(n):
    return n + 1


def pi(n):
    state, inside, steps = n + 1, 0, 1 << 20
    for _ in range(steps):
        state = state * 48271 % 2147483647
        x = state / 2147483647
        state = state * 48271 % 2147483647
        y = state / 2147483647
        if x * x + y * y < 1:
            inside += 1
    return 1 if round(4 * inside / steps) == 3 else 0


WORK = {"small": small, "pi": pi}
EXPECTED = {"small": lambda count: count * (count + 1) // 2, "pi": lambda count: count}


def total(what, items):
    """A pool for one run, as map() has its own processes."""
    workers = len(os.sched_getaffinity(0))
    if sys.argv[1] == "pool":
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            return sum(pool.map(WORK[what], items))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as executor:
        return sum(executor.map(WORK[what], items, chunksize=max(1, len(items) // (workers * 4))))


def serve():
    for line in sys.stdin:
        _, what, count = line.split()
        items = list(range(int(count)))
        before = resource.getrusage(resource.RUSAGE_SELF)
        begin = time.monotonic_ns()
        if total(what, items) != EXPECTED[what](int(count)):
            raise RuntimeError("a wrong result")
        after = resource.getrusage(resource.RUSAGE_SELF)
        own = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        print(json.dumps({"ns": time.monotonic_ns() - begin, "ownNs": own * 1e9}), flush=True)


if __name__ == "__main__":
    serve()
