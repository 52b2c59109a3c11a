/** Blocking waits without the kernel's help: looking, sleeping, looking again. */

const longestPauseMs = 50;

/** Blocks this thread until `condition` holds: true, or until `timeoutMs` have passed: false. */
export function blockUntil(condition: () => boolean, timeoutMs: number | undefined): boolean {
  const deadline = performance.now() + (timeoutMs ?? Infinity);
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  for (let pauseMs = 1; !condition(); pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    Atomics.wait(nobodyWakes, 0, 0, Math.min(pauseMs, leftMs));
  }
  return true;
}
