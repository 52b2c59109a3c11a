import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  asPid1,
  initPath,
  noInit,
  noNamespace,
  requireNamespaces,
  says,
  sh,
  startInit,
  startPid1,
  startProgram,
  type StartedProgram,
} from '../harness/init.ts';
import { childrenOf, stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';

const skip = noInit;

/**
 * Forks so many children that wait for the end of a pipe, which comes when this, their parent, has
 * ended: then all of them end as orphans, at once.
 */
const leave = (count: number): string => `
import os
reader, writer = os.pipe()
for made in range(${count}):
    if made % 500 == 0: print('made', made, flush=True)
    if os.fork() == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
os._exit(0)
`;

/** Says 'left' when all have been left, and then waits for its input to end. */
const program = (count: number): string[] => [
  '--',
  'sh',
  '-c',
  'python3 -c "$1" && echo left; cat',
  'sh',
  leave(count),
];

async function allReaped(started: StartedProgram): Promise<void> {
  for (let made = 0; made < 5000; made += 500) await says(started, `made ${made}\n`);
  await says(started, 'left');
  const main = await until(() => childrenOf(started.pid)[0], 'the program');
  await until(() => childrenOf(started.pid).length === 1, 'the reaping of all orphans');
  assert.deepEqual(childrenOf(started.pid), [main]);
  assert.equal(stat(main)?.comm, 'sh');
}

test('a subreaper reaps 5,000 orphans that end at once', { skip }, async (t) => {
  if (!requireProgram(t, 'python3')) return;
  const started = startInit(program(5000), { input: true });
  await allReaped(started);
  started.child.stdin?.end();
  assert.equal((await started.result).code, 0);
});

test('PID 1 does too', { skip: skip || noNamespace }, async (t) => {
  if (!requireProgram(t, 'python3') || !requireNamespaces(t)) return;
  const script = `python3 -c "$1"
    for i in $(seq 400); do read list </proc/1/task/1/children; [ "$list" = $$ ] && break; sleep 0.05; done
    echo "alone: $([ "$list" = $$ ] && echo yes)"`;
  const line = [...asPid1, initPath, '--', 'sh', '-c', script, 'sh', leave(5000)];
  const { code, stdout } = await startProgram(line).result;
  assert.equal(code, 0);
  assert.match(stdout, /^alone: yes$/m);
});

test('a daemon comes to it, and is reaped when it ends', { skip }, async () => {
  const script = `sh -c 'setsid sh -c "$1" & exit 0' sh "$1"; cat`;
  const line = ['--', 'sh', '-c', script, 'sh', 'echo daemon $$; exec sleep 1'];
  const started = startInit(line, { input: true });
  const daemon = await until(() => Number(/daemon (\d+)/.exec(started.stdout())?.[1]) || undefined);
  await until(() => stat(daemon)?.ppid === started.pid, 'the daemon to come');
  await until(() => stat(daemon) === undefined, 'the reaping of the daemon');
  started.child.stdin?.end();
  assert.equal((await started.result).code, 0);
});

/**
 * A user of its own number, and no more than so many processes for it. prlimit(1) starts nothing where it
 * cannot set the limit (the ulimit of some shells does not know it, and goes on), and the first thing
 * that runs makes sure of it.
 */
const bounded = (uid: number, most: number): string[] => {
  const limit = `^Max processes  *${most}  *${most} `;
  const check = `grep -q "${limit}" /proc/self/limits || exit 99; exec "$@"`;
  const user = ['setpriv', `--reuid=${uid}`, '--clear-groups'];
  return ['prlimit', `--nproc=${most}:${most}`, ...user, 'sh', '-c', check, 'sh'];
};

test(
  'where no child can be made, it says so and ends',
  { skip: skip || noNamespace },
  async (t) => {
    if (!requireProgram(t, 'setpriv') || !requireProgram(t, 'prlimit')) return;
    const user = ['setpriv', '--reuid=47110815', '--clear-groups'];
    const line = ['prlimit', '--nproc=1:1', ...user, initPath, '--subreaper', '--', 'true'];
    const { code, stderr } = await startProgram(line).result;
    assert.equal(stderr, 'brood-init: cannot start a process: Resource temporarily unavailable\n');
    assert.equal(code, 125);
  },
);

test('a fork bomb in bounds leaves nothing', { skip: skip || noNamespace }, async (t) => {
  if (!requireProgram(t, 'setpriv') || !requireProgram(t, 'prlimit')) return;
  if (!requireNamespaces(t)) return;
  // Each one starts two more and ends, so that all are orphans. Seven generations are 254 processes: even
  // without the limit this comes to an end by itself.
  const bomb = 'b() { [ "$1" -gt 0 ] || exec sleep 60; b $(($1 - 1)) & b $(($1 - 1)) & }; b 7';
  const script = `(${bomb}) 2>/dev/null & wait; echo over; exit 9`;
  const line = [...asPid1, ...bounded(47_110_816, 40), initPath, '-t', '200ms', ...sh(script)];
  const { code, stdout } = await startProgram(line).result;
  assert.deepEqual([code, stdout], [9, 'over\n']);
});

test(
  'PID 1 keeps its own work apart from that of its program',
  { skip: skip || noNamespace },
  async (t) => {
    if (!requireNamespaces(t)) return;
    const started = await startPid1(sh('echo ready; cat >/dev/null; exec sleep 60'));
    await says(started, 'ready');
    const { threads, state } = stat(started.pid) ?? {};
    assert.deepEqual([threads, state], [1, 'S']);
    process.kill(started.pid, 'SIGTERM');
    assert.equal((await started.result).code, 143);
  },
);
