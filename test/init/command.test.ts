import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import { features } from 'brood';

import { brood, startBrood } from '../harness/brood-command.ts';
import { asPid1, noNamespace, requireNamespaces } from '../harness/init.ts';
import { childrenOf, stat, status, until } from '../harness/proc.ts';

const skip = features().addon.available ? false : 'no addon here';

test('brood init ends as the program did', { skip }, async () => {
  const cases: [string[], number][] = [
    [['--', 'sh', '-c', 'exit 0'], 0],
    [['sh', '-c', 'exit 42'], 42],
    [['--', 'sh', '-c', 'kill -35 $$'], 163],
    [['-e', '3', '-e', '4', '--', 'sh', '-c', 'exit 4'], 0],
    [['--', 'no-such-program-here'], 127],
    [['/etc/passwd'], 126],
    [['-r', 'TERM:QUIT', '--', 'sh', '-c', 'kill -TERM $PPID; sleep 20'], 131],
    [['-r', 'TERM:0', '--', 'sh', '-c', 'kill -TERM $PPID; exit 5'], 5],
    [
      [
        '-g',
        '--grace',
        '100ms',
        '-d',
        'KILL',
        '--',
        'sh',
        '-c',
        '(trap "" TERM; sleep 20) & exit 6',
      ],
      6,
    ],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout } = await brood(['init', ...args]);
    assert.deepEqual([code, stdout], [expected, ''], args.join(' '));
  }
});

test('it is brood-init then, and Node is gone', { skip }, async () => {
  const { stdout } = await brood([
    'init',
    '--',
    'sh',
    '-c',
    'cat /proc/$PPID/comm; ls /proc/$PPID/fd',
  ]);
  assert.equal(stdout, 'brood-init\n');
});

test('a command line that is wrong is 2', { skip }, async () => {
  for (const [args, words] of [
    [[], /missing required argument/],
    [['-r', 'TERM', 'true'], /FROM:TO/],
    [['-r', 'NOPE:TERM', 'true'], /no such signal/],
    [['-r', 'KILL:TERM', 'true'], /never passed on/],
    [['-e', '256', 'true'], /256/],
    [['-t', 'soon', 'true'], /unit/],
    [['-f', '1', 'true'], /1/],
  ] as const) {
    const { code, stdout, stderr } = await brood(['init', ...args]);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, words);
  }
});

test(
  'a signal that comes while Node still works waits for the program',
  { skip: skip || noNamespace },
  async (t) => {
    if (!requireNamespaces(t)) return;
    for (let round = 0; round < 5; round++) {
      const started = startBrood(['init', '--', 'sleep', '60'], { wrap: asPid1 });
      const pid = await until(() => childrenOf(started.pid)[0], 'PID 1');
      // As soon as brood holds signals back, on every thread; before, they are Node's.
      await until(() => {
        const atWork = stat(pid)?.comm === 'brood-init' && childrenOf(pid).length > 0;
        return atWork || holdsBack(pid);
      }, 'signals to be held back');
      process.kill(pid, 'SIGTERM');
      assert.equal((await started.result).code, 143, `round ${round}`);
    }
  },
);

test('descriptors that are named are handed on', { skip }, async () => {
  const line = ['sh', '-c', 'exec 5<<E\nfive\nE\nexec "$@"', 'sh'];
  const { code, stdout } = await brood(['init', '--fd', '5', '--', 'sh', '-c', 'cat <&5'], {
    wrap: line,
  });
  assert.deepEqual([code, stdout], [0, 'five\n']);
});

/** Whether every thread blocks SIGTERM: a single one does now and then while Node starts. */
function holdsBack(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  if (threads.length < 2) return false;
  return threads.every((thread) => {
    const blocked = BigInt(`0x${status(Number(thread))['SigBlk'] || '0'}`);
    return (blocked & (1n << 14n)) !== 0n;
  });
}
