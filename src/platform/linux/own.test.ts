import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { binding, type NativeAddon } from '../binding.ts';
import { createOwn } from './own.ts';

const loaded = binding().addon;
const skip = loaded === undefined ? 'no addon here' : false;
const addon = loaded as NativeAddon;

test('group and session are those of /proc', { skip }, () => {
  const own = createOwn(addon, { isOurs: () => false });
  const text = readFileSync('/proc/self/stat', 'latin1');
  const [, , pgid, sid] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  assert.equal(own.processGroup(), Number(pgid));
  assert.equal(own.session(), Number(sid));
});

/** Leaves us an orphan that exits with 7 once its parent is gone, which might reap it; returns its pid. */
function adopt(): number {
  const orphan = '(while kill -0 $$; do :; done; exit 7) >/dev/null 2>&1 & echo $!';
  return Number(execFileSync('sh', ['-c', orphan], { encoding: 'utf8' }));
}

test('an orphan that came to us is reaped, with its status, once', { skip }, async (t) => {
  const ours = new Set<number>();
  const own = createOwn(addon, { isOurs: (pid) => ours.has(pid) });
  const before = own.getSubreaper();
  own.setSubreaper(true);
  t.after(() => own.setSubreaper(before));
  assert.equal(own.getSubreaper(), true);
  const pid = adopt();
  ours.add(pid);
  const state = (): string | undefined =>
    /State:\s*(\S)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  while (state() !== 'Z') await sleep(5);
  for (let i = 0; i < 20; i += 1) {
    assert.equal(own.reapAdopted(), undefined, 'a ProcessRef looks after it');
    await sleep(10);
  }
  ours.delete(pid);
  assert.equal(own.reapAdopted(), undefined, 'not at the first look');
  let reaped = own.reapAdopted();
  while (reaped === undefined) {
    await sleep(5);
    reaped = own.reapAdopted();
  }
  assert.equal(reaped.pid, pid);
  assert.equal(reaped.end.waitStatus, 7 << 8);
  assert.equal(reaped.end.usage?.length, 9);
  assert.equal(own.reapAdopted(), undefined);
});

test(
  'a child of node:child_process is never taken, however long the loop is blocked',
  { skip },
  async () => {
    const own = createOwn(addon, { isOurs: () => false });
    const child = spawn('sh', ['-c', 'exit 3'], { stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const shared = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 30; i += 1) {
      assert.equal(own.reapAdopted(), undefined);
      Atomics.wait(shared, 0, 0, 10);
    }
    assert.equal(await exited, 3);
  },
);
