import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { features } from 'brood';

import { brood } from '../harness/brood-command.ts';
import { asPid1, noNamespace, requireNamespaces } from '../harness/init.ts';
import { root } from '../harness/root.ts';

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
    // The very moment in which brood has begun to hold signals back; before, they are Node's.
    const index = new URL('dist/index.js', pathToFileURL(`${root}/`)).href;
    const code = `import { signals } from '${index}';
    const { block } = signals;
    signals.block = (names) => { block.call(signals, names); process.kill(process.pid, 'SIGTERM'); };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
    const { code: ended } = await brood(['init', '--', 'sleep', '60'], { wrap: asPid1, env });
    assert.equal(ended, 143);
  },
);

test('descriptors that are named are handed on', { skip }, async () => {
  const line = ['sh', '-c', 'exec 5<<E\nfive\nE\nexec "$@"', 'sh'];
  const { code, stdout } = await brood(['init', '--fd', '5', '--', 'sh', '-c', 'cat <&5'], {
    wrap: line,
  });
  assert.deepEqual([code, stdout], [0, 'five\n']);
});
