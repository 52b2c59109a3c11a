import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { pipeline, run } from 'brood';

import { withFork } from '../harness/fork-code.ts';
import { inNode } from '../harness/in-node.ts';

/** What `seq` prints up to a number. */
function sequence(last: number): Buffer {
  return Buffer.from(Array.from({ length: last }, (_, i) => `${i + 1}\n`).join(''));
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const count = 2_000_000;
const printed = hash(sequence(count));

test('much output is in one piece, to the byte, beside as much of the other', async () => {
  const script = `seq ${count} & seq ${count} >&2; wait`;
  const { stdout, stderr, truncated } = await run('sh', ['-c', script], { encoding: 'buffer' });
  assert.deepEqual([hash(stdout), hash(stderr), truncated], [printed, printed, false]);
  stdout.fill(0);
  assert.equal(hash(stderr), printed);
});

test('many at once do not mix', async () => {
  const starts = Array.from({ length: 8 }, () =>
    run('seq', [String(count)], { encoding: 'buffer' }),
  );
  for (const { stdout } of await Promise.all(starts)) assert.equal(hash(stdout), printed);
});

test('much text', async () => {
  const { stdout } = await run('seq', [String(count)]);
  assert.equal(hash(Buffer.from(stdout)), printed);
  const piped = await pipeline([['seq', String(count)], ['cat']]);
  assert.equal(hash(Buffer.from(piped.stdout)), printed);
});

test('much is cut to the byte', async () => {
  const maxBuffer = 4_000_001;
  const options = { encoding: 'buffer', maxBuffer } as const;
  const { stdout, truncated } = await run('seq', [String(count)], options);
  assert.equal(truncated, true);
  assert.equal(hash(stdout), hash(sequence(count).subarray(0, maxBuffer)));
  const all = await run('head', ['-c', String(maxBuffer), '/dev/zero'], options);
  assert.deepEqual([all.stdout.length, all.truncated], [maxBuffer, false]);
});

test('time that is over gives what came until then', async () => {
  const result = await run('sh', ['-c', `seq ${count}; exec sleep 60`], {
    encoding: 'buffer',
    timeout: 2000,
    check: false,
  });
  assert.equal(result.timedOut, true);
  assert.ok(sequence(count).subarray(0, result.stdout.length).equals(result.stdout));
});

test('memory of results that nobody has any more is given back', async () => {
  const { stdout, stderr, code } = await inNode(`
    import { setImmediate as turn } from 'node:timers/promises';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    import { run } from 'brood';
    const size = 64 * 1024 * 1024;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 12; i++) {
      const { stdout } = await run('head', ['-c', String(size), '/dev/zero'], { encoding: 'buffer' });
      if (stdout.length !== size || process.memoryUsage().external < size) process.exit(3);
    }
    for (let i = 0; i < 10; i++) { gc(); await turn(); }
    const after = process.memoryUsage();
    console.log(after.rss - before < 3 * size, after.external < 2 * size);
  `);
  assert.deepEqual([stdout, code], ['true true\n', 0], stderr);
});

test('what was captured is inherited by a fork, each side with its own', async () => {
  const { told, stderr } = await withFork(`
    const { run } = await import('brood');
    const size = 6_000_000;
    const { stdout } = await run('head', ['-c', String(size), '/dev/zero'], { encoding: 'buffer' });
    const status = await inChild(async () => {
      stdout.fill(1);
      const again = await run('head', ['-c', String(size), '/dev/zero'], { encoding: 'buffer' });
      process.exitCode = again.stdout.length === size && again.stdout.every((byte) => byte === 0) ? 7 : 1;
    });
    tell([status.code, stdout.length === size && stdout.every((byte) => byte === 0)]);
  `);
  assert.deepEqual(told, [[7, true]], stderr);
});
