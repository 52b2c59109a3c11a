/** Bounds what a command may take: time, memory for its output, processor time, size of files. */
import { ExitError, run } from 'brood';

// The shell waits for a grandchild that holds the pipe; the call is over in time all the same.
try {
  await run('sh', ['-c', 'echo started; sleep 100; true'], { timeout: 300 });
} catch (error) {
  if (!(error instanceof ExitError)) throw error;
  console.log(`timed out: ${error.timedOut}, it said: ${error.stdout.trim()}`);
}

const endless = await run('yes', [], { maxBuffer: 1000, timeout: 300, check: false });
console.log(`kept ${endless.stdout.length} characters of an endless output`);

const busy = await run('sh', ['-c', 'while :; do :; done'], {
  limits: { cpuTime: { soft: 1, hard: 2 } },
  check: false,
});
console.log(`a loop: ${String(busy.status)}`);

const big = await run('sh', ['-c', 'head -c 100000 /dev/zero > big'], {
  limits: { fileSize: 1000 },
  check: false,
});
console.log(`a big file: ${String(big.status)}`);
