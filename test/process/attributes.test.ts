import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { attach, spawn } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode } from '../harness/in-node.ts';
import { stat, status } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

/** The soft and hard limit of a line of /proc/PID/limits. */
function limitLine(pid: number, title: string): string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(title));
  return (line ?? '').slice(title.length).trim().split(/\s+/).slice(0, 2);
}

test('attributes are read and set, and the kernel shows them', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const { pid } = child;
  child.priority = 11;
  assert.equal(child.priority, 11);
  assert.equal(stat(pid)?.nice, 11);

  const [first = 0] = child.affinity;
  child.affinity = [first];
  assert.deepEqual(child.affinity, [first]);
  assert.equal(status(pid)['Cpus_allowed_list'], String(first));

  child.limits = { openFiles: { soft: 50, hard: 60 }, coreSize: 0 };
  assert.deepEqual(child.limits.openFiles, { soft: 50, hard: 60 });
  assert.deepEqual(child.limits.coreSize, { soft: 0, hard: 0 });
  assert.deepEqual(limitLine(pid, 'Max open files'), ['50', '60']);
  assert.equal(Object.keys(child.limits).length, 16);

  child.scheduling = { policy: 'batch' };
  assert.deepEqual(child.scheduling, { policy: 'batch', priority: 0 });
  child.ioPriority = { class: 'idle' };
  assert.deepEqual(child.ioPriority, { class: 'idle', level: 0 });
  child.ioPriority = { class: 'bestEffort', level: 6 };
  assert.deepEqual(child.ioPriority, { class: 'bestEffort', level: 6 });
  assert.deepEqual(attach(pid).ioPriority, { class: 'bestEffort', level: 6 });
});

test('no limit at all is Infinity', async () => {
  await using child = await spawn('sleep', ['1000'], { ...quiet, limits: { cpuTime: Infinity } });
  assert.deepEqual(child.limits.cpuTime, { soft: Infinity, hard: Infinity });
  assert.deepEqual(limitLine(child.pid, 'Max cpu time'), ['unlimited', 'unlimited']);
});

test('values that no attribute can have are refused, and nothing is set', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const before = [child.priority, child.affinity, child.limits, child.scheduling, child.ioPriority];
  const type = 'ERR_INVALID_ARG_TYPE';
  const value = 'ERR_INVALID_ARG_VALUE';
  const range = 'ERR_OUT_OF_RANGE';
  const refused: [string, unknown, string][] = [
    ['priority', 20, range],
    ['priority', -21, range],
    ['priority', 1.5, range],
    ['priority', '5', type],
    ['affinity', [], value],
    ['affinity', 0, type],
    ['affinity', [-1], range],
    ['affinity', ['0'], type],
    ['limits', null, type],
    ['limits', { openFile: 5 }, value],
    ['limits', { openFiles: -1 }, range],
    ['limits', { openFiles: { soft: 5 } }, type],
    ['limits', { openFiles: { soft: 6, hard: 5 } }, range],
    ['limits', { openFiles: '5' }, type],
    ['limits', { coreSize: 0, openFiles: NaN }, range],
    ['scheduling', 'batch', type],
    ['scheduling', { policy: 'fast' }, value],
    ['scheduling', { policy: 'fifo', priority: 0 }, range],
    ['scheduling', { policy: 'fifo', priority: 100 }, range],
    ['scheduling', { policy: 'batch', priority: 1 }, range],
    ['ioPriority', { class: 'best' }, value],
    ['ioPriority', { class: 'realtime', level: 8 }, range],
    ['ioPriority', { class: 'idle', level: 1 }, range],
    ['ioPriority', 5, type],
  ];
  for (const [name, wrong, code] of refused) {
    assert.throws(
      () => Object.assign(child, { [name]: wrong }),
      { code },
      `${name} = ${JSON.stringify(wrong)}`,
    );
  }
  assert.deepEqual(
    [child.priority, child.affinity, child.limits, child.scheduling, child.ioPriority],
    before,
  );
});

test('a process that ended has no attributes any more', async () => {
  const child = await spawn('true', quiet);
  await child.wait();
  const gone = { name: 'NoSuchProcessError', code: 'ESRCH', pid: child.pid };
  assert.throws(() => child.priority, gone);
  assert.throws(() => (child.priority = 5), gone);
  assert.throws(() => child.affinity, gone);
  assert.throws(() => child.limits, gone);
  assert.throws(() => child.scheduling, gone);
  assert.throws(() => child.ioPriority, gone);
  assert.equal(child.parent(), undefined);
  assert.deepEqual(child.children(), []);
  assert.deepEqual(child.descendants(), []);
});

test('what only root may do is refused to others', { skip: !isRoot && 'needs root' }, async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const code = `import { attach } from 'brood';
    const other = attach(${child.pid});
    const attempt = (call) => {
      try { call(); } catch (error) { console.log(error.name, error.code, error.pid); }
    };
    attempt(() => (other.priority = 5));
    attempt(() => (other.affinity = [0]));
    attempt(() => (other.limits = { coreSize: 0 }));
    attempt(() => (other.scheduling = { policy: 'batch' }));
    attempt(() => (other.ioPriority = { class: 'idle' }));
    console.log(other.priority);`;
  const { stdout, stderr } = await inNode(code, otherUser);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 6, stderr);
  for (const line of lines.slice(0, 5)) {
    assert.match(line, new RegExp(`^PermissionError (EPERM|EACCES) ${child.pid}$`));
  }
  assert.equal(lines[5], String(stat(child.pid)?.nice));
});
