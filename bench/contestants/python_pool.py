"""Python's multiprocessing.Pool by fork; concurrent.futures with the argument 'executor'."""
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

SIZE = 2
DIGITS = 2568


def same(value):
    return value


def factorial(n):
    product = 1
    for i in range(2, n + 1):
        product *= i
    return len(str(product))


def echo(data):
    return data


class Kept:
    """A pool of either kind, with one way to ask it."""

    def __init__(self):
        if sys.argv[1] == "pool":
            self.pool = multiprocessing.get_context("fork").Pool(SIZE)
            self.submit = lambda f, value: self.pool.apply_async(f, (value,))
            self.result = lambda pending: pending.get()
            self.close = self.pool.terminate
        else:
            self.pool = ProcessPoolExecutor(SIZE, multiprocessing.get_context("fork"))
            self.submit = self.pool.submit
            self.result = lambda pending: pending.result()
            self.close = self.pool.shutdown

    def run(self, f, value):
        return self.result(self.submit(f, value))

    def all(self, f, values):
        return [self.result(each) for each in [self.submit(f, value) for value in values]]


def check(fine):
    if not fine:
        raise RuntimeError("a wrong result")


def series(kept, count, _):
    for n in range(count):
        check(kept.run(same, n) == n)


def burst(kept, count, _):
    check(kept.all(same, range(count)) == list(range(count)))


def factorials(kept, count, _):
    check(kept.all(factorial, [1000] * count) == [DIGITS] * count)


def echoes(kept, count, kibibytes):
    data = "brood" * (kibibytes * 1024 // 5)
    for _ in range(count):
        check(len(kept.run(echo, data)) == len(data))


KINDS = {"series": series, "burst": burst, "factorials": factorials, "echo": echoes}


def start(count):
    total = 0
    for n in range(count):
        begin = time.monotonic_ns()
        fresh = Kept()
        check(fresh.run(same, n) == n)
        total += time.monotonic_ns() - begin
        fresh.close()
    return total / count


def serve():
    kept = None
    for line in sys.stdin:
        _, kind, *numbers = line.split()
        count, kibibytes = (list(map(int, numbers)) + [0])[:2]
        if kind == "start":
            print(json.dumps({"ns": start(count)}), flush=True)
            continue
        if kept is None:
            kept = Kept()
            kept.all(same, range(200))
        begin = time.monotonic_ns()
        KINDS[kind](kept, count, kibibytes)
        print(json.dumps({"ns": (time.monotonic_ns() - begin) / count}), flush=True)
    if kept is not None:
        kept.close()


if __name__ == "__main__":
    serve()
