"""Python's subprocess and multiprocessing: reads one command a line, answers with one line of JSON."""
import json
import multiprocessing
import os
import subprocess
import sys
import time

TRUE = ["/bin/true"]
IGNORED = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.DEVNULL,
    "stderr": subprocess.DEVNULL,
}


def check(code):
    if code != 0:
        raise RuntimeError(f"exit code {code}")


def sequence(count):
    for _ in range(int(count)):
        check(subprocess.run(TRUE, **IGNORED).returncode)
    return 0


def parallel(batches, size):
    for _ in range(int(batches)):
        children = [subprocess.Popen(TRUE, **IGNORED) for _ in range(int(size))]
        for child in children:
            check(child.wait())
    return 0


def stream(program, count):
    total = 0
    with subprocess.Popen([program, count], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        while chunk := child.stdout.read1(65536):
            total += len(chunk)
    check(child.returncode)
    return total


def whole(program, count):
    return len(subprocess.run([program, count], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)


def nothing():
    pass


def forks(count, method=None):
    for _ in range(int(count)):
        if method is None:
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            check(os.waitpid(pid, 0)[1])
        else:
            process = multiprocessing.get_context(method).Process(target=nothing)
            process.start()
            process.join()
            check(process.exitcode)
    return 0


OPERATIONS = {"sequence": sequence, "parallel": parallel, "stream": stream, "whole": whole, "forks": forks}


def serve():
    for line in sys.stdin:
        name, *words = line.split()
        begin = time.monotonic_ns()
        got = OPERATIONS[name](*words)
        print(json.dumps({"ns": time.monotonic_ns() - begin, "bytes": got}), flush=True)


# A process that multiprocessing starts anew imports this file.
if __name__ == "__main__":
    serve()
