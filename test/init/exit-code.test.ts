import assert from 'node:assert/strict';
import { test } from 'node:test';

import { manifest } from '../harness/brood-command.ts';
import {
  asPid1,
  initPath,
  noInit,
  noNamespace,
  requireNamespaces,
  runInit,
  says,
  sh,
  startInit,
  startProgram,
} from '../harness/init.ts';
import { status } from '../harness/proc.ts';

const skip = noInit;

test('it ends with the exit code of the program', { skip }, async () => {
  for (const code of [0, 1, 2, 42, 125, 128, 200, 255]) {
    const ended = await runInit(sh(`exit ${code}`));
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [code, null, '']);
  }
});

test('it ends with 128 + n, and not by the signal itself', { skip }, async () => {
  for (const number of [1, 2, 6, 9, 11, 15, 34, 35, 64]) {
    const ended = await runInit(sh(`kill -${number} $$`));
    assert.deepEqual([ended.code, ended.signal], [128 + number, null], `signal ${number}`);
  }
});

test('PID 1 ends the same way', { skip: skip || noNamespace }, async (t) => {
  if (!requireNamespaces(t)) return;
  for (const [script, expected] of [
    ['exit 0', 0],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -35 $$', 163],
    ['kill -KILL $$', 137],
  ] as const) {
    const { code, signal } = await startProgram([...asPid1, initPath, ...sh(script)]).result;
    assert.deepEqual([code, signal], [expected, null], script);
  }
});

test('a program that is not there is 127, one that cannot be executed 126', { skip }, async () => {
  const cases: [string, number, RegExp][] = [
    ['no-such-program-here', 127, /cannot run no-such-program-here: No such file/],
    ['/no/such/program', 127, /No such file/],
    ['/etc/passwd/program', 127, /Not a directory/],
    ['/etc/passwd', 126, /cannot run \/etc\/passwd: Permission denied/],
    ['/', 126, /Permission denied/],
  ];
  for (const [program, expected, words] of cases) {
    const { code, stdout, stderr } = await runInit(['--', program]);
    assert.deepEqual([code, stdout], [expected, ''], program);
    assert.match(stderr, words);
    assert.match(stderr, /^brood-init: /);
  }
});

test('codes that are expected count as 0, signals never', { skip }, async () => {
  const expect = ['-e', '3', '--expect-zero=143'];
  for (const [script, expected] of [
    ['exit 3', 0],
    ['exit 143', 0],
    ['exit 4', 4],
    ['kill -TERM $$', 143],
  ] as const) {
    assert.equal((await runInit([...expect, ...sh(script)])).code, expected, script);
  }
});

test('a command line that is wrong is 2, and says what is wrong', { skip }, async () => {
  const cases: [string[], RegExp][] = [
    [[], /a program is missing/],
    [['--'], /a program is missing/],
    [['--', ''], /the name of the program is empty/],
    [['--wrong', 'true'], /--wrong is no option/],
    [['-x', 'true'], /-x is no option/],
    [['--rewrite'], /--rewrite needs a value/],
    [['--rewrite', 'TERM', 'true'], /'TERM' is not FROM:TO/],
    [['--rewrite', 'TERM:NOPE', 'true'], /'NOPE' is no signal/],
    [['--rewrite', '65:1', 'true'], /'65' is no signal/],
    [['--rewrite', 'KILL:TERM', 'true'], /no program can catch KILL/],
    [['--rewrite', 'CHLD:TERM', 'true'], /brood-init's own/],
    [['--rewrite', '0:TERM', 'true'], /0 is no signal/],
    [['--expect-zero', '256', 'true'], /'256' is no exit code/],
    [['--expect-zero', 'x', 'true'], /'x' is no exit code/],
    [['--grace', 'soon', 'true'], /'soon' is no time/],
    [['--grace', '-1', 'true'], /'-1' is no time/],
    [['--grace', '1w', 'true'], /'1w' is no time/],
    [['--deathsig', 'nope', 'true'], /'nope' is no signal/],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await runInit(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, words);
    assert.match(stderr, /^brood-init: .*\nTry 'brood-init --help'\.\n$/);
  }
});

test('help and version', { skip }, async () => {
  const help = await runInit(['--help']);
  assert.deepEqual([help.code, help.stderr], [0, '']);
  for (const option of ['--subreaper', '--group', '--rewrite', '--expect-zero', '--grace']) {
    assert.match(help.stdout, new RegExp(option));
  }
  assert.equal((await runInit(['-v'])).stdout, `brood-init ${manifest.version}\n`);
});

test('options of the program are its own', { skip }, async () => {
  const { stdout } = await runInit(['echo', '-g', '--version', '--', 'x']);
  assert.equal(stdout, '-g --version -- x\n');
});

test('who is neither PID 1 nor a subreaper is told so', { skip }, async () => {
  const { code, stderr } = await startProgram([initPath, '--', 'sh', '-c', 'exit 4']).result;
  assert.equal(code, 4);
  assert.match(stderr, /not PID 1.*--subreaper/);
});

test('it takes no more than a megabyte', { skip }, async () => {
  const started = startInit(['--', 'sh', '-c', 'echo ready; cat'], { input: true });
  await says(started, 'ready');
  const resident = Number(/^(\d+) kB$/.exec(status(started.pid)['VmHWM'] ?? '')?.[1]);
  started.child.stdin?.end();
  await started.result;
  assert.ok(resident > 0 && resident <= 1024, `${resident} kB`);
});
