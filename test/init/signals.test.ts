import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';

import {
  noInit,
  noNamespace,
  requireNamespaces,
  says,
  sh,
  startInit,
  startPid1,
  type StartedProgram,
} from '../harness/init.ts';
import { childrenOf, stat, status, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';

const skip = noInit;
const { SIGKILL, SIGSTOP, SIGCHLD, SIGCONT } = constants.signals;

/** Prints each signal by its number, as often as it comes; ends after SIGUSR2 (12). */
const teller = `
import signal
known = set(range(1, 65)) - {9, 19, 32, 33}
signal.pthread_sigmask(signal.SIG_BLOCK, known)
print('ready', flush=True)
while True:
    number = signal.sigwaitinfo(known).si_signo
    print('got', number, flush=True)
    if number == 12: break
`;

const python = ['--', 'python3', '-c', teller];

function told({ stdout }: StartedProgram): number[] {
  return [...stdout().matchAll(/^got (\d+)$/gm)].map((match) => Number(match[1]));
}

/** Of the program that brood-init runs. */
function programOf(init: StartedProgram): number {
  return childrenOf(init.pid)[0] ?? 0;
}

/** Every signal that can be passed on, but 12 and the two that the C library of Python keeps. */
const all = Array.from({ length: 64 }, (_, i) => i + 1).filter(
  (number) => ![SIGKILL, SIGSTOP, SIGCHLD, 12, 32, 33].includes(number),
);

for (const [where, start, no] of [
  ['a subreaper', async () => startInit(python), false],
  ['PID 1', () => startPid1(python), noNamespace],
] as const) {
  test(`${where} passes every signal on, each one once`, { skip: skip || no }, async (t) => {
    if (!requireProgram(t, 'python3')) return;
    if (where === 'PID 1' && !requireNamespaces(t)) return;
    const started = await start();
    await says(started, 'ready');
    for (const [at, number] of all.entries()) {
      process.kill(started.pid, number);
      // Standard signals that are pending melt into one, so each is awaited.
      await until(() => told(started).length > at, `signal ${number}`);
    }
    process.kill(started.pid, 'SIGUSR2');
    const { code } = await started.result;
    assert.equal(code, 0);
    assert.deepEqual(told(started), [...all, 12]);
  });
}

test('real-time signals queue, and all of them arrive', { skip }, async (t) => {
  if (!requireProgram(t, 'python3')) return;
  const started = startInit(python);
  await says(started, 'ready');
  const sent = Array.from({ length: 200 }, (_, i) => 34 + (i % 31));
  for (const number of sent) process.kill(started.pid, number);
  await until(() => told(started).length >= sent.length, 'all of them');
  process.kill(started.pid, 'SIGUSR2');
  await started.result;
  const sorted = told(started).toSorted((a, b) => a - b);
  assert.deepEqual(
    sorted,
    [...sent, 12].toSorted((a, b) => a - b),
  );
});

test('the two signals of the C library are passed on too', { skip }, async () => {
  for (const number of [32, 33]) {
    const started = startInit(sh('echo ready; exec sleep 60'));
    await says(started, 'ready');
    await until(() => stat(programOf(started))?.comm === 'sleep');
    process.kill(started.pid, number);
    assert.equal((await started.result).code, 128 + number);
  }
});

test('signals are rewritten or dropped', { skip }, async (t) => {
  if (!requireProgram(t, 'python3')) return;
  const rules = ['-r', 'TERM:QUIT', '--rewrite=hup:0', '-r', 'RTMIN+1:SIGRTMAX-1', '-r10:USR2'];
  const started = startInit([...rules, ...python]);
  await says(started, 'ready');
  for (const [at, number] of [15, 35].entries()) {
    process.kill(started.pid, 'SIGHUP');
    process.kill(started.pid, number);
    await until(() => told(started).length > at);
  }
  process.kill(started.pid, 'SIGUSR1');
  await started.result;
  assert.deepEqual(told(started), [3, 63, 12]);
});

test('with --group the whole group gets it, otherwise the program alone', { skip }, async () => {
  const inner = `trap 'echo inner; exit' USR1; echo ready; while :; do sleep 0.02; done`;
  const outer = `trap 'echo outer' USR1; sh -c "$1" & wait`;
  const whole = `${outer}; wait; echo over`;
  const together = startInit(['-g', '--', 'sh', '-c', whole, 'sh', inner]);
  await says(together, 'ready');
  process.kill(together.pid, 'SIGUSR1');
  const { code } = await together.result;
  assert.equal(code, 0);
  for (const word of ['inner', 'outer', 'over']) assert.ok(together.stdout().includes(word), word);

  const alone = startInit(['--', 'sh', '-c', `${outer}; echo over`, 'sh', inner]);
  await says(alone, 'ready');
  process.kill(alone.pid, 'SIGUSR1');
  await says(alone, 'over');
  await alone.result;
  assert.ok(!alone.stdout().includes('inner'), alone.stdout());
});

test('no signal is lost in the first moments', { skip }, async () => {
  // The program has no handler, so a signal ends it, whenever it comes.
  for (let round = 0; round < 60; round++) {
    const started = startInit(['--', 'sleep', '60']);
    if (round % 3 === 1) await new Promise(setImmediate);
    if (round % 3 === 2) await until(() => programOf(started) > 0);
    // From its first instruction on it holds signals back; before, it would itself be ended by it.
    await until(() => holdsBack(started));
    for (let i = 0; i < 5; i++) process.kill(started.pid, 'SIGTERM');
    assert.equal((await started.result).code, 143, `round ${round}`);
  }
});

/** Whether it is at work: while it waits for signals, the kernel shows none as blocked. */
function holdsBack(started: StartedProgram): boolean {
  const blocked = BigInt(`0x${status(started.pid)['SigBlk'] || '0'}`);
  const holds = (blocked & (1n << 14n)) !== 0n || programOf(started) > 0;
  return holds && stat(started.pid)?.comm === 'brood-init';
}

test('PID 1 loses none either', { skip: skip || noNamespace }, async (t) => {
  if (!requireNamespaces(t)) return;
  for (let round = 0; round < 15; round++) {
    const started = await startPid1(['--', 'sleep', '60']);
    await until(() => holdsBack(started));
    process.kill(started.pid, round % 2 === 0 ? 'SIGTERM' : 'SIGINT');
    const { code } = await started.result;
    assert.equal(code, round % 2 === 0 ? 143 : 130, `round ${round}`);
  }
});

test('who stops it stops the program, and both go on', { skip }, async () => {
  for (const signal of ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const) {
    const started = startInit(sh('echo ready; exec sleep 60'));
    await says(started, 'ready');
    const program = await until(() => programOf(started) || undefined);
    process.kill(started.pid, signal);
    await until(() => stat(program)?.state === 'T', `the stop by ${signal}`);
    process.kill(started.pid, SIGCONT);
    await until(() => stat(program)?.state === 'S', `going on after ${signal}`);
    await until(() => stat(started.pid)?.state === 'S', 'brood-init too');
    process.kill(started.pid, 'SIGTERM');
    assert.equal((await started.result).code, 143);
  }
});

test('a program that is stopped by others does not stop it', { skip }, async () => {
  const started = startInit(sh('echo ready; exec sleep 60'));
  await says(started, 'ready');
  const program = programOf(started);
  process.kill(program, 'SIGSTOP');
  await until(() => stat(program)?.state === 'T');
  assert.notEqual(stat(started.pid)?.state, 'T');
  process.kill(started.pid, 'SIGTERM');
  process.kill(started.pid, 'SIGCONT');
  assert.equal((await started.result).code, 143);
});
