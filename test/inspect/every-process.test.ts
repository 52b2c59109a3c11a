/** Every field of every process of the machine, for every kind of user and in a pid namespace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import { inspect, isMissing } from 'brood/inspect';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { stat } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { type Told, tellingNode } from '../harness/telling-node.ts';
import { contract } from './contract.ts';

function holds({ told, stderr }: Told, fewest: number): void {
  const [[count, problems] = [0, ['nothing was told']]] = told as [number, string[]][];
  assert.deepEqual(problems, [], stderr);
  assert.ok(count >= fewest, `${count} processes; ${stderr}`);
}

test('holds for this user', async () => {
  holds(await tellingNode(contract), 3);
});

test('holds for a user without rights', { skip: !isRoot && 'not root' }, async () => {
  holds(await tellingNode(contract, otherUser), 3);
});

test('holds in a pid namespace with a /proc of its own', async (t) => {
  if (!requireProgram(t, 'unshare')) return;
  const asRoot = isRoot ? [] : ['--user', '--map-root-user'];
  const wrap = ['unshare', ...asRoot, '--pid', '--fork', '--mount-proc'];
  const told = await tellingNode(contract, { wrap });
  if (told.stderr.includes('Operation not permitted')) {
    t.skip('no namespaces for this user');
    return;
  }
  holds(told, 1);
});

test('refuses to look through the /proc of another pid namespace', async (t) => {
  if (!requireProgram(t, 'unshare')) return;
  if (!isRoot) return t.skip('not root');
  const { told } = await tellingNode(
    `import { inspect } from 'brood/inspect';
    tell(await inspect(process.pid).catch((error) => [error.name, error.message]));`,
    { wrap: ['unshare', '--pid', '--fork'] },
  );
  const [name, message] = told[0] as string[];
  assert.equal(name, 'UnsupportedError');
  assert.match(message as string, /--mount-proc/);
});

test('agrees with ps on what does not change', async (t) => {
  if (!requireProgram(t, 'ps')) return;
  const columns = ['pid', 'ppid', 'pgid', 'sid', 'euid', 'egid', 'nlwp', 'ni', 'tty', 'comm'];
  const text = execFileSync('ps', ['-A', ...columns.flatMap((name) => ['-o', `${name}=`])]);
  let count = 0;
  for (const row of text.toString('latin1').trim().split('\n')) {
    const words = row.trim().split(/ +/);
    const [pid, ppid, pgid, sid, uid, gid, threads, nice, tty] = words;
    const before = stat(Number(pid));
    const fields = ['ppid', 'pgid', 'sid', 'uid', 'gid', 'threadCount', 'nice', 'tty'] as const;
    const info = await inspect(Number(pid), fields).catch(() => undefined);
    // What has come, gone or changed between the two looks says nothing.
    if (info === undefined || before === undefined || before.ppid !== Number(ppid)) continue;
    if (before.state === 'Z' || nice === '-' || info.threadCount !== Number(threads)) continue;
    const terminal = tty === '?' ? null : `/dev/${tty}`;
    assert.deepEqual(
      fields.map((name) => info[name]),
      [...[ppid, pgid, sid, uid, gid, threads, nice].map(Number), terminal],
      row,
    );
    count += 1;
  }
  assert.ok(count >= 2, `${count} rows`);
});

test('agrees with /proc on the descriptors of this program', async () => {
  const { descriptors } = await inspect(process.pid, ['descriptors']);
  assert.ok(!isMissing(descriptors));
  const numbers = descriptors.map(({ fd }) => fd);
  const there = new Set(readdirSync('/proc/self/fd').map(Number));
  // The folder that was read is one of them.
  assert.ok(numbers.filter((fd) => !there.has(fd)).length <= 1, String(numbers));
  assert.ok([0, 1, 2].every((fd) => numbers.includes(fd)));
});
