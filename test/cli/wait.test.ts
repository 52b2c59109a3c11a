import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';

import { attach, features, spawn } from 'brood';

import { brood, broodJson, startBrood } from '../harness/brood-command.ts';
import { descriptorsOf, isGone, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const told = features().foreignExitCodes.available;

/** A process that ends when it is sent SIGUSR1, with that code. */
async function ending(t: TestContext, code: number): Promise<{ pid: number; end: () => void }> {
  const script = `trap "exit ${code}" USR1; echo ready; while :; do sleep 0.02; done`;
  const child = await spawn('sh', ['-c', script], { ...quiet, stdout: 'pipe' });
  t.after(async () => {
    await child.terminate({ tree: true });
    child.stdout?.destroy();
  });
  for await (const line of child) if (line === 'ready') break;
  return { pid: child.pid, end: () => void child.signal('SIGUSR1') };
}

/** Whether the command has the process in hand: one of its descriptors is a pidfd of it. */
function holds(command: number, pid: number): boolean {
  return [...descriptorsOf(command).keys()].some((fd) =>
    infoOf(command, fd).includes(`\nPid:\t${pid}\n`),
  );
}

function infoOf(command: number, fd: number): string {
  try {
    return readFileSync(`/proc/${command}/fdinfo/${fd}`, 'utf8');
  } catch {
    // Closed since the folder was read.
    return '';
  }
}

test('it waits for a process of another, and ends as that did', async (t) => {
  const { pid, end } = await ending(t, 42);
  const waiting = startBrood(['wait', String(pid)]);
  await until(() => holds(waiting.pid, pid), 'the wait');
  end();
  const { code, stdout } = await waiting.result;
  assert.equal(code, told ? 42 : 125);
  assert.equal(
    stdout,
    told ? `${pid} exited with code 42\n` : `${pid} ended, status not observed\n`,
  );
});

test('of several it ends as the first that did not end well', async (t) => {
  const [a, b, c] = [await ending(t, 0), await ending(t, 3), await ending(t, 4)];
  const waiting = startBrood(['wait', '--json', ...[a, b, c].map(({ pid }) => String(pid))]);
  await until(() => holds(waiting.pid, c.pid), 'the wait');
  for (const { end } of [c, b, a]) end();
  const { code, stdout } = await waiting.result;
  assert.equal(code, told ? 3 : 125);
  const outcomes = JSON.parse(stdout) as { pid: number; status: { code?: number } }[];
  assert.deepEqual(
    outcomes.map(({ pid }) => pid),
    [a.pid, b.pid, c.pid],
  );
  if (told)
    assert.deepEqual(
      outcomes.map(({ status }) => status.code),
      [0, 3, 4],
    );
});

test('with --any it ends with the first that ends', async (t) => {
  const [a, b] = [await ending(t, 5), await ending(t, 6)];
  const waiting = startBrood(['wait', '--any', '--jsonl', `${a.pid}`, `${b.pid}`]);
  await until(() => holds(waiting.pid, b.pid), 'the wait');
  b.end();
  const { code, stdout } = await waiting.result;
  assert.equal(code, told ? 6 : 125);
  const first = JSON.parse(stdout.split('\n')[0] as string) as { pid: number };
  assert.equal(first.pid, b.pid);
  assert.equal(isGone(a.pid), false);
});

test('a time that is over is 124, and the process goes on', async (t) => {
  const { pid } = await ending(t, 0);
  const { code, stdout, stderr } = await brood(['wait', '--timeout', '50ms', String(pid)]);
  assert.deepEqual([code, stdout, stderr], [124, '', `brood: ${pid} still runs\n`]);
  assert.equal(isGone(pid), false);
});

test('a process that is not there is 127, also when the pid is that of another by now', async (t) => {
  const { pid } = await ending(t, 0);
  const none = await brood(['wait', '4194304']);
  assert.deepEqual([none.code, none.stdout], [127, '']);
  assert.match(none.stderr, /^brood: 4194304: no process has the pid 4194304\n$/);
  const { inode } = attach(pid);
  if (inode === undefined) return;
  const other = await brood(['wait', `${pid}:${inode + 1n}`]);
  assert.deepEqual([other.code, other.stdout], [127, '']);
  const late = await brood(['wait', '-t', '1', `${pid}:${inode}`]);
  assert.equal(late.code, 124);
});

test('signals are sent by name and number, to one and to trees', async (t) => {
  const { pid } = await ending(t, 9);
  const looked = await brood(['signal', '0', String(pid)]);
  assert.deepEqual([looked.code, looked.stdout, looked.stderr], [0, '', '']);
  const target = attach(pid);
  const sent = await broodJson<unknown>(['signal', '--json', '--tree', 'usr1', String(pid)]);
  assert.deepEqual(sent, [{ pid, sent: true }]);
  const status = await target.wait();
  assert.equal(status.code, told ? 9 : undefined);
  const late = await brood(['signal', 'TERM', String(pid), '4194304']);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /^brood: 4194304: no process/m);
});

test('the signals of the machine are listed', async () => {
  const { stdout } = await brood(['signal', '--list']);
  assert.match(stdout, /^NUMBER {2}NAME/);
  assert.match(stdout, /^ +9 {2}SIGKILL +terminate +no /m);
  const all = await broodJson<{ name: string; number: number }[]>(['signal', '--list', '--json']);
  assert.equal(all.find(({ name }) => name === 'SIGTERM')?.number, 15);
});

test('kill ends a process, and with --tree all that it started', async () => {
  const script = 'setsid sh -c "echo \\$\\$; while :; do sleep 1; done" & echo $$; wait';
  const child = await spawn('sh', ['-c', script], { ...quiet, stdout: 'pipe' });
  const pids: number[] = [];
  for await (const line of child) if (pids.push(Number(line)) === 2) break;
  const { code, stdout } = await brood(['kill', '--tree', String(child.pid)]);
  assert.deepEqual([code, stdout], [0, `${child.pid} killed by SIGKILL\n`]);
  for (const pid of pids) await until(() => isGone(pid), `the end of ${pid}`);
  child.stdout?.destroy();
});

test('kill with a grace asks first', async (t) => {
  const script = 'trap "exit 3" TERM; echo ready; while :; do sleep 0.02; done';
  const child = await spawn('sh', ['-c', script], { ...quiet, stdout: 'pipe' });
  t.after(() => child.stdout?.destroy());
  for await (const line of child) if (line === 'ready') break;
  const killed = await broodJson<{ pid: number; status: { code?: number; kind: string } }[]>([
    'kill',
    '--json',
    '--grace',
    '20s',
    String(child.pid),
  ]);
  assert.equal(killed[0]?.pid, child.pid);
  assert.equal((await child.wait()).code, 3);
  if (told) assert.equal(killed[0].status.code, 3);
  const late = await brood(['kill', '4194304']);
  assert.deepEqual([late.code, late.stdout], [1, '']);
});
