import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { binding, type NativeAddon } from '../binding.ts';
import type { End, ProcessRef } from '../platform.ts';
import { createAttributes } from './attributes.ts';
import { parseLimits, readPublicLimits } from './public-limits.ts';

const { addon } = binding();
const skip = addon === undefined ? 'no addon here' : false;
const attributes = createAttributes(addon as NativeAddon);
const isRoot = process.getuid?.() === 0;

let child: ChildProcess;
let ref: ProcessRef;

/** As much of a ref as attributes ask for. */
function refOf(pid: number, end?: () => End | undefined): ProcessRef {
  return { pid, end: end ?? (() => undefined) } as ProcessRef;
}

before(async () => {
  // A program with threads: their attributes have to follow.
  child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  ref = refOf(child.pid as number);
});

after(async () => {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
});

/** A field of stat of every thread, counted from 1 as in proc_pid_stat(5). */
function ofThreads(field: number): Set<string> {
  const folder = `/proc/${child.pid}/task`;
  const values = readdirSync(folder).map((thread) => {
    const text = readFileSync(`${folder}/${thread}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[field - 3] ?? '';
  });
  assert.ok(values.length > 1);
  return new Set(values);
}

test('priority is read, and set on every thread', { skip }, () => {
  const base = attributes.getPriority(ref);
  attributes.setPriority(ref, base + 3);
  assert.equal(attributes.getPriority(ref), base + 3);
  assert.deepEqual([...ofThreads(19)], [String(base + 3)]);
});

test('a priority of -1 is a priority and no failure', { skip: skip || !isRoot }, () => {
  attributes.setPriority(ref, -1);
  assert.equal(attributes.getPriority(ref), -1);
  attributes.setPriority(ref, 0);
});

test('affinity is read, and set on every thread', { skip }, () => {
  const all = attributes.getAffinity(ref);
  assert.ok(all.length > 0);
  const [first] = all as [number];
  attributes.setAffinity(ref, [first]);
  assert.deepEqual(attributes.getAffinity(ref), [first]);
  const folder = `/proc/${child.pid}/task`;
  for (const thread of readdirSync(folder)) {
    const text = readFileSync(`${folder}/${thread}/status`, 'latin1');
    assert.equal(/Cpus_allowed_list:\s*(\S+)/.exec(text)?.[1], String(first));
  }
  attributes.setAffinity(ref, all);
  assert.deepEqual(attributes.getAffinity(ref), all);
  // None of these is there; the first is beyond any mask that the kernel keeps.
  assert.throws(() => attributes.setAffinity(ref, [100_000]), {
    name: 'ProcessError',
    code: 'EINVAL',
  });
  assert.throws(() => attributes.setAffinity(ref, []), { name: 'ProcessError', code: 'EINVAL' });
  assert.deepEqual(attributes.getAffinity(ref), all);
});

test('limits are read and set, Infinity too, as the kernel tells everybody', { skip }, () => {
  const was = attributes.getLimits(ref);
  assert.deepEqual(was, readPublicLimits(ref.pid));
  const { hard } = was.openFiles;
  attributes.setLimit(ref, 'openFiles', { soft: 100, hard });
  attributes.setLimit(ref, 'coreSize', { soft: 0, hard: was.coreSize.hard });
  const now = attributes.getLimits(ref);
  assert.deepEqual(now.openFiles, { soft: 100, hard });
  assert.equal(now.coreSize.soft, 0);
  assert.equal(now.cpuTime.soft, was.cpuTime.soft);
  assert.deepEqual(now, readPublicLimits(ref.pid));
  if (was.fileSize.hard === Infinity) {
    attributes.setLimit(ref, 'fileSize', { soft: 1e15, hard: Infinity });
    assert.deepEqual(attributes.getLimits(ref).fileSize, { soft: 1e15, hard: Infinity });
  }
  assert.throws(() => attributes.setLimit(ref, 'openFiles', { soft: 200, hard: 100 }), {
    name: 'ProcessError',
    code: 'EINVAL',
    pid: ref.pid,
  });
});

test('scheduling is read, and set on every thread', { skip }, () => {
  assert.deepEqual(attributes.getScheduling(ref), { policy: 'other', priority: 0 });
  for (const policy of ['batch', 'idle'] as const) {
    attributes.setScheduling(ref, { policy, priority: 0 });
    assert.deepEqual(attributes.getScheduling(ref), { policy, priority: 0 });
    assert.deepEqual([...ofThreads(41)], [policy === 'batch' ? '3' : '5']);
  }
  assert.throws(() => attributes.setScheduling(ref, { policy: 'fifo', priority: 0 }), {
    code: 'EINVAL',
  });
});

test('io priority is read and set', { skip }, () => {
  attributes.setIoPriority(ref, { class: 'bestEffort', level: 6 });
  assert.deepEqual(attributes.getIoPriority(ref), { class: 'bestEffort', level: 6 });
  attributes.setIoPriority(ref, { class: 'idle', level: 0 });
  assert.deepEqual(attributes.getIoPriority(ref), { class: 'idle', level: 0 });
});

test('a process that has ended is not touched, whoever has its pid now', { skip }, () => {
  // The pid is our own: a call that went through would show.
  const was = attributes.getPriority(refOf(process.pid));
  const ended = refOf(process.pid, () => ({ waitStatus: 0, usage: undefined }));
  const gone = { name: 'NoSuchProcessError', code: 'ESRCH', pid: process.pid };
  assert.throws(() => attributes.setPriority(ended, was + 1), gone);
  assert.throws(() => attributes.getPriority(ended), gone);
  assert.throws(() => attributes.getLimits(ended), gone);
  assert.throws(() => attributes.setLimit(ended, 'coreSize', { soft: 0, hard: 0 }), gone);
  assert.equal(attributes.getPriority(refOf(process.pid)), was);
});

test('what was read while the process ended is not told', { skip }, () => {
  let asked = 0;
  const ends = refOf(process.pid, () =>
    ++asked === 1 ? undefined : { waitStatus: 0, usage: undefined },
  );
  assert.throws(() => attributes.getAffinity(ends), { name: 'NoSuchProcessError' });
});

test('a pid that nobody has is no process', { skip }, () => {
  const nobody = refOf(4_194_304);
  for (const call of [
    () => attributes.getPriority(nobody),
    () => attributes.setPriority(nobody, 1),
    () => attributes.getAffinity(nobody),
    () => attributes.getScheduling(nobody),
    () => attributes.getIoPriority(nobody),
    () => attributes.getLimits(nobody),
  ]) {
    assert.throws(call, { name: 'NoSuchProcessError', pid: nobody.pid });
  }
});

test('the text of limits is read whole or not at all', () => {
  const text = readFileSync('/proc/self/limits', 'latin1');
  assert.equal(Object.keys(parseLimits(text) ?? {}).length, 16);
  assert.equal(parseLimits(text.replace('Max open files', 'Max opened files')), undefined);
  assert.equal(parseLimits(''), undefined);
  assert.equal(readPublicLimits(4_194_304), undefined);
});
