"""Python's subprocess: reads one command a line, answers with one line of JSON."""
import json
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


OPERATIONS = {"sequence": sequence, "parallel": parallel, "stream": stream, "whole": whole}

for line in sys.stdin:
    name, *words = line.split()
    begin = time.monotonic_ns()
    got = OPERATIONS[name](*words)
    print(json.dumps({"ns": time.monotonic_ns() - begin, "bytes": got}), flush=True)
