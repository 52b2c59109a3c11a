import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';

import { attach, exec, output, pipeline, run, runSync, spawn } from 'brood';

import { childrenOf } from '../harness/proc.ts';
import { outOfRange, refused, wrongType, wrongValue } from '../harness/refused.ts';

test('misuse never throws from an asynchronous call, and starts nothing', async () => {
  const promise = spawn(undefined as unknown as string);
  await assert.rejects(promise, wrongType);
  assert.deepEqual(childrenOf(process.pid), []);
});

test('programs', async () => {
  await refused(wrongType, 'program', [7]);
  await refused(wrongType, 'program', [undefined]);
  await refused(wrongValue, 'program', ['']);
  await refused(wrongValue, 'program', ['a\0b']);
});

test('arguments', async () => {
  await refused(wrongType, 'args', ['ls', '-l']);
  await refused(wrongType, 'args', ['ls', null]);
  await refused(wrongType, 'args[1]', ['ls', ['-l', 2]]);
  await refused(wrongValue, 'args[0]', ['ls', ['a\0b']]);
  await refused(wrongType, 'args', ['ls', { cwd: '/' }, {}]);
  await refused(wrongType, 'options', ['ls', [], 'quick']);
  await refused(wrongType, 'options', ['ls', [], null]);
});

test('an unknown signal', async () => {
  const unknown = { name: 'TypeError', code: 'ERR_UNKNOWN_SIGNAL' };
  await assert.rejects(run('true', { killSignal: 'SIGNOPE' as 'SIGTERM' }), unknown);
  await assert.rejects(run('true', { deathSignal: 'TERM' as 'SIGTERM' }), unknown);
});

test('unknown options are refused, and the nearest one is suggested', async () => {
  const nearest = {
    stdou: 'stdout',
    timeOut: 'timeout',
    killsignal: 'killSignal',
    detatched: undefined,
    nice: undefined,
    processgroup: 'processGroup',
    enviroment: undefined,
  };
  for (const [name, suggestion] of Object.entries(nearest)) {
    await assert.rejects(spawn('true', [], { [name]: 1 }), (error: Error) => {
      assert.equal((error as Error & { code?: string }).code, 'ERR_INVALID_ARG_VALUE');
      assert.ok(error.message.includes(`"options.${name}"`), error.message);
      assert.equal(/did you mean '(\w+)'/.exec(error.message)?.[1], suggestion, error.message);
      return true;
    });
  }
});

test('options that contradict each other', async () => {
  await refused(wrongValue, 'options.stderr', ['true', [], { stdout: 'closed', stderr: 'stdout' }]);
  await refused(wrongValue, 'options.session', [
    'true',
    [],
    {
      session: false,
      controllingTerminal: true,
    },
  ]);
  await refused(wrongValue, 'options.processGroup', [
    'true',
    [],
    { session: true, processGroup: 5 },
  ]);
  await assert.rejects(run('true', { stdin: 'ignore', input: 'x' }), wrongValue);
  await assert.rejects(run('true', { fds: { 3: 'pipe' } }), wrongValue);
});

test('options of the one-liners', async () => {
  await assert.rejects(run('true', { encoding: 'latin1' as 'utf8' }), wrongValue);
  await assert.rejects(run('true', { check: 'no' as unknown as boolean }), wrongType);
  await assert.rejects(run('true', { all: 1 as unknown as boolean }), wrongType);
  await assert.rejects(run('true', { drain: -1 }), outOfRange);
  await assert.rejects(run('true', { input: 7 as unknown as string }), wrongType);
  await assert.rejects(output('true', { encoding: 'buffer' } as object), wrongValue);
  // These belong to run() and its kin alone.
  await assert.rejects(spawn('true', [], { input: 'x' } as object), wrongValue);
});

test('streams that are over already', async () => {
  const over = Readable.from(['x']);
  over.destroy();
  await assert.rejects(spawn('cat', [], { stdin: over }), wrongValue);
  const full = new Writable({ write: (_chunk, _encoding, done) => done() });
  full.end();
  await assert.rejects(spawn('cat', [], { stdout: full }), wrongValue);
});

test('what cannot be done while JavaScript stands still', () => {
  const options: readonly object[] = [
    { stdin: Readable.from(['x']) },
    { stdout: new Writable() },
    { stderr: new Writable() },
    { all: true },
    { fds: { 3: 'pipe' } },
  ];
  for (const each of options) assert.throws(() => runSync('true', each), wrongValue);
});

test('pipelines', async () => {
  const bad = pipeline as (...args: unknown[]) => Promise<unknown>;
  await assert.rejects(bad('ls | wc'), wrongType);
  await assert.rejects(bad([]), wrongValue);
  await assert.rejects(bad([['true'], 'wc']), { ...wrongType, message: /stages\[1\]/ });
  await assert.rejects(bad([['true'], []]), { ...wrongType, message: /stages\[1\]/ });
  await assert.rejects(bad([['true', 7]]), { ...wrongType, message: /stages\[0\].*args\[0\]/ });
  await assert.rejects(bad([{ program: 'true', stdout: 'pipe' }]), wrongValue);
  await assert.rejects(bad([{ program: 'true', uid: -1 }]), {
    ...outOfRange,
    message: /stages\[0\]/,
  });
  await assert.rejects(bad([['true']], { pipefail: 1 }), wrongType);
  await assert.rejects(bad([['true']], 7), wrongType);
  assert.deepEqual(childrenOf(process.pid), []);
});

test('exec', () => {
  const bad = exec as (...args: unknown[]) => unknown;
  assert.throws(() => bad(''), wrongValue);
  assert.throws(() => bad('true', [7]), wrongType);
  assert.throws(() => bad('true', { stdin: 'pipe' }), { ...wrongType, message: /options\.stdin/ });
  assert.throws(() => bad('true', { stdin: 'text' }), wrongType);
  assert.throws(() => bad('true', { stdout: new Writable() }), wrongType);
  assert.throws(() => bad('true', { fds: { 3: 'pipe' } }), {
    ...wrongType,
    message: /options\.fds\.3/,
  });
  assert.throws(() => bad('true', { timeout: 5 }), wrongValue);
});

test('pids', () => {
  const bad = attach as (pid: unknown) => unknown;
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31]) assert.throws(() => bad(pid), outOfRange);
  for (const pid of ['1', null, undefined, {}]) assert.throws(() => bad(pid), wrongType);
});
