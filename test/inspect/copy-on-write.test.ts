/** What a fork still shares with its parent. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { type CopyOnWrite, inspect, isMissing } from 'brood/inspect';

import { requireProgram } from '../harness/programs.ts';

const size = 64 << 20;

/** A parent with 64 MiB that forks; the child writes to half of it when it is told to. */
const program = `
import os, sys
block = bytearray(b'x') * ${size}
pid = os.fork()
if pid == 0:
    sys.stdin.readline()
    for at in range(0, ${size / 2}, 4096):
        block[at] = 1
    print('written', flush=True)
    sys.stdin.readline()
    os._exit(0)
print(pid, flush=True)
os.waitpid(pid, 0)
`;

async function sharing(pid: number): Promise<CopyOnWrite> {
  const { memory } = await inspect(pid, ['memory']);
  assert.ok(!isMissing(memory.copyOnWrite), JSON.stringify(memory.copyOnWrite));
  return memory.copyOnWrite;
}

test('memory is shared after a fork until it is written to', async (t) => {
  if (!requireProgram(t, 'python3')) return;
  const parent = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const end = once(parent, 'exit');
  try {
    const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
    const child = Number((await lines.next()).value);
    const before = await sharing(child);
    assert.ok(before.shared >= size, `${before.shared} shared`);
    parent.stdin.write('\n');
    assert.equal((await lines.next()).value, 'written');
    const after = await sharing(child);
    const copied = after.copied - before.copied;
    // Huge pages are copied as a whole.
    assert.ok(copied >= size / 2 && copied <= size / 2 + (8 << 20), `${copied} copied`);
    assert.ok(after.shared <= size / 2 + (16 << 20), `${after.shared} still shared`);
  } finally {
    parent.stdin.end('\n');
    await end;
  }
});
