import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binding, type NativeAddon } from '../binding.ts';
import { readRow, readTable } from './table.ts';

const loaded = binding().addon;
const skip = loaded === undefined ? 'no addon here' : false;
const addon = loaded as NativeAddon;

test('the table has us, our parent and process 1, each once', { skip }, () => {
  const rows = readTable(addon);
  for (const pid of [process.pid, process.ppid, 1]) {
    assert.equal(rows.filter((row) => row.pid === pid).length, 1, String(pid));
  }
  const own = rows.find(({ pid }) => pid === process.pid);
  assert.deepEqual({ ...own, state: '' }, { ...readRow(addon, process.pid), state: '' });
  assert.equal(own?.ppid, process.ppid);
  const text = readFileSync('/proc/self/stat', 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  assert.deepEqual([own?.pgid, own?.sid, own?.startTime].map(String), [
    fields[2],
    fields[3],
    fields[19],
  ]);
});

test('a name with parentheses, spaces and newlines shifts nothing', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'brood-table-'));
  const program = join(folder, 'a) Z 1\n) (');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['60'], { stdio: 'ignore' });
  try {
    await new Promise((resolve) => child.once('spawn', resolve));
    const row = readRow(addon, child.pid as number);
    assert.equal(row?.ppid, process.pid);
    assert.match(row?.state ?? '', /^[RSD]$/);
    assert.ok((row?.startTime ?? 0) > 0);
  } finally {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true });
  }
});

test('a pid without a process has no row, nor has one of a thread', { skip }, () => {
  assert.equal(readRow(addon, 4_194_304), undefined);
  const threads = readdirSync('/proc/self/task').map(Number);
  const other = threads.find((thread) => thread !== process.pid);
  assert.ok(other !== undefined);
  assert.ok(readFileSync(`/proc/${other}/stat`).length > 0, 'the kernel answers for threads');
  assert.equal(readRow(addon, other), undefined);
});
