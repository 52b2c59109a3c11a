"""Python's multiprocessing: a process for each task, with its result. The start method is argv[1]."""
import json
import multiprocessing
import sys
import time


def increment(connection, n):
    connection.send(n + 1)
    connection.close()


def run_task(context, n):
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=increment, args=(theirs, n))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    ours.close()
    if process.exitcode != 0:
        raise RuntimeError(f"exit code {process.exitcode}")
    return result


def serve():
    context = multiprocessing.get_context(sys.argv[1])
    if sys.argv[1] == "forkserver":
        context.set_forkserver_preload(["__main__"])
    for line in sys.stdin:
        _, count = line.split()
        begin = time.monotonic_ns()
        for n in range(int(count)):
            if run_task(context, n) != n + 1:
                raise RuntimeError("a wrong result")
        print(json.dumps({"ns": time.monotonic_ns() - begin}), flush=True)


if __name__ == "__main__":
    serve()
