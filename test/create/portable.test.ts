import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inNode } from '../harness/in-node.ts';

async function portably(code: string): Promise<string> {
  const { stdout, stderr } = await inNode(code, { env: { BROOD_PLATFORM: 'portable' } });
  assert.equal(stderr, '');
  return stdout;
}

test('the one-liners work without the addon', async () => {
  const stdout = await portably(`
    import { callSync, output, run, runSync } from 'brood';
    const { status, stderr } = await run('sh', ['-c', 'cat; echo e >&2; exit 3'], {
      input: 'x',
      check: false,
    });
    console.log(status.code, stderr.trim(), await output('cat', { input: 'y' }));
    console.log(runSync('cat', { input: 'z' }).stdout, callSync('false'));
    const error = await run('sleep', ['60'], { timeout: 50 }).catch((reason) => reason);
    console.log(error.name, error.timedOut, error.status.signal);
    const missing = await run('brood-no-such-program').catch((reason) => reason);
    console.log(missing.name, missing.code);
  `);
  assert.equal(stdout, '3 e y\nz 1\nExitError true SIGTERM\nSpawnError ENOENT\n');
});

test('what cannot be done says what can', async () => {
  const stdout = await portably(`
    import { exec, pipeline, spawn } from 'brood';
    const errors = [
      await pipeline([['true'], ['true']]).catch((reason) => reason),
      await spawn('true', [], { umask: 0 }).catch((reason) => reason),
    ];
    try {
      exec('true');
    } catch (error) {
      errors.push(error);
    }
    for (const { name, message } of errors) console.log(name, message.includes('Linux'));
  `);
  assert.equal(stdout, 'UnsupportedError true\n'.repeat(3));
});
