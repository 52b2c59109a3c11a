import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features } from 'brood';

import { startInNode } from '../harness/in-node.ts';
import { asPid1, noNamespace, requireNamespaces } from '../harness/init.ts';
import { childrenOf, isGone, stat, until } from '../harness/proc.ts';
import { tellingNode } from '../harness/telling-node.ts';

const skip = features().addon.available ? false : 'no addon here';
const asInit = { wrap: asPid1 };

/** Leaves orphans that end by themselves, while JavaScript is blocked, and counts the zombies. */
const blocked = `
import { init } from 'brood/init';
import { spawn, runSync } from 'brood';
import { execFileSync, spawn as nodeSpawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
const office = init({ grace: 300 });
const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
const ours = await Promise.all(Array.from({ length: 20 }, (_, i) => spawn('sh', ['-c', 'sleep 1; exit ' + i], quiet)));
const ofNode = Array.from({ length: 20 }, (_, i) => nodeSpawn('sh', ['-c', 'exit ' + i], { stdio: 'ignore' }));
const nodeEnds = ofNode.map((child) => once(child, 'exit'));
const leaver = nodeSpawn('sh', ['-c', 'i=0; while [ $i -lt 200 ]; do (sleep 0.2 &) ; i=$((i+1)); done; exit 7'], { stdio: 'ignore' });
const left = once(leaver, 'exit');
const zombies = () => readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).filter((name) => {
  try {
    const [state, ppid] = readFileSync('/proc/' + name + '/stat', 'latin1').split(') ').at(-1).split(' ');
    return state === 'Z' && Number(ppid) === process.pid;
  } catch { return false; }
}).length;
const until = performance.now() + 20_000;
// JavaScript does nothing else meanwhile: 41 children that are waited for stay, and orphans do not.
while (performance.now() < until && (office.reaped < 200 || zombies() !== 41));
tell([office.reaped, zombies()]);
tell([spawnSync('sh', ['-c', 'exit 5']).status, runSync('sh', ['-c', 'exit 6'], { check: false }).status.code]);
tell(execFileSync('echo', ['out']).toString());
tell(await Promise.all(ours.map(async (child) => (await child.wait()).code)));
tell((await Promise.all(nodeEnds)).map(([code]) => code));
tell((await left)[0]);
`;

for (const [name, options, no] of [
  ['a subreaper', {}, false],
  ['PID 1', asInit, noNamespace],
] as const) {
  test(
    `${name} in JavaScript reaps while it is blocked, and takes nobody's status`,
    { skip: skip || no },
    async (t) => {
      if (name === 'PID 1' && !requireNamespaces(t)) return;
      const { told, code, stderr } = await tellingNode(blocked, options);
      const count = Array.from({ length: 20 }, (_, i) => i);
      assert.deepEqual([stderr, code], ['', 0]);
      const [first, ...others] = told;
      assert.deepEqual(first, [200, 41]);
      assert.deepEqual(others, [[5, 6], 'out\n', count, count, 7]);
    },
  );
}

test('no status is lost among many that start and end at the same time', { skip }, async () => {
  const { told, stderr } = await tellingNode(`
    import { init } from 'brood/init';
    import { run, task } from 'brood';
    import { execFile } from 'node:child_process';
    init({ grace: 0 });
    const ofNode = (code) => new Promise((resolve) =>
      execFile('sh', ['-c', '(sleep 0.01 &); exit ' + code], (error) => resolve(error?.code ?? 0)));
    const ours = async (code) => (await run('sh', ['-c', '(sleep 0.01 &); exit ' + code], { check: false, stdin: 'ignore' })).status.code;
    const wrong = [];
    for (let round = 0; round < 12; round++) {
      const codes = Array.from({ length: 16 }, (_, i) => i);
      const all = await Promise.all(codes.map((code) => (code % 2 === 0 ? ofNode(code) : ours(code))));
      all.forEach((code, i) => { if (code !== i) wrong.push([i, code]); });
    }
    tell(wrong);
    for (const method of ['fork', 'forkserver', 'spawn']) {
      const job = await task.with({ method })((a, b) => a * b, 6, 7);
      tell([await job.result, (await job.wait()).code]);
    }
  `);
  assert.deepEqual([told, stderr], [[[], [42, 0], [42, 0], [42, 0]], '']);
});

test('SIGTERM ends PID 1, also without a listener', { skip: skip || noNamespace }, async (t) => {
  if (!requireNamespaces(t)) return;
  for (const [signal, expected] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    const code = `import { init } from 'brood/init'; init(); setInterval(() => {}, 1000); console.log('ready');`;
    const started = startInNode(code, asInit);
    await until(() => started.stdout().includes('ready'));
    process.kill(childrenOf(started.pid)[0] ?? 0, signal);
    assert.equal((await started.result).code, expected);
  }
});

test('with a listener of its own the program decides', { skip }, async () => {
  const started = startInNode(`
    import { init } from 'brood/init';
    init();
    process.once('SIGTERM', () => setTimeout(() => { console.log('served'); process.exit(4); }, 50));
    setInterval(() => {}, 1000);
    console.log('ready');`);
  await until(() => started.stdout().includes('ready'));
  process.kill(started.pid, 'SIGTERM');
  const { code, stdout } = await started.result;
  assert.deepEqual([code, stdout], [4, 'ready\nserved\n']);
});

/** Leaves one that cleans up and one that will not end, both as daemons that write to our output. */
const leaves = `
import { init } from 'brood/init';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
init({ grace: 400 });
const script = \`setsid sh -c 'trap "sleep 0.2; echo cleaned; exit" TERM; echo ready=$$; while :; do sleep 0.02; done' &
setsid sh -c 'trap "echo told" TERM; echo ready=$$; while :; do sleep 0.02; done' &\`;
await once(spawn('sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
process.on('SIGUSR2', () => process.exit(3));
setInterval(() => {}, 1000);
`;

test('at its end what is left may clean up, and is killed after the grace', { skip }, async () => {
  const started = startInNode(leaves);
  await until(() => started.stdout().match(/ready/g)?.length === 2, 'both');
  process.kill(started.pid, 'SIGUSR2');
  const { code, stdout } = await started.result;
  assert.equal(code, 3);
  assert.equal(stdout.match(/cleaned/g)?.length, 1, stdout);
  assert.equal(stdout.match(/told/g)?.length, 1, stdout);
  const pids = [...stdout.matchAll(/ready=(\d+)/g)].map((match) => Number(match[1]));
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(isGone(pid), `${pid}`);
});

test('a forked child does not hold the office', { skip }, async () => {
  const { told, stderr } = await tellingNode(`
    import { init } from 'brood/init';
    import { fork, current, spawn } from 'brood';
    const office = init({ grace: 0 });
    const sleeper = await spawn('sleep', ['60'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    const child = fork();
    if (child.isCurrent) current.exit(current.subreaper ? 1 : 9);
    tell([(await child.wait()).code, sleeper.isAlive(), office === init(), office.grace]);
    const again = fork();
    if (again.isCurrent) { init({ grace: 1 }); current.exit(8); }
    tell([(await again.wait()).code, sleeper.isAlive()]);
  `);
  assert.deepEqual(
    [told, stderr],
    [
      [
        [9, true, true, 0],
        [8, true],
      ],
      '',
    ],
  );
});

test('without the addon it is refused by name', async () => {
  const env = { BROOD_PLATFORM: 'portable' };
  const { told } = await tellingNode(
    `import { init } from 'brood/init';
     for (const options of [{}, { command: ['true'] }]) {
       try { init(options); } catch (error) { tell(error.name); }
     }
     tell(process.listenerCount('SIGTERM'));`,
    { env },
  );
  assert.deepEqual(told, ['UnsupportedError', 'UnsupportedError', 0]);
});

test(
  'brood/init/auto takes the office where this is PID 1, and only there',
  { skip },
  async (t) => {
    const code = `import 'brood/init/auto'; tell(process.listenerCount('SIGTERM'));`;
    assert.deepEqual((await tellingNode(code)).told, [0]);
    if (noNamespace !== false || !requireNamespaces(t)) return;
    assert.deepEqual((await tellingNode(code, asInit)).told, [1]);
  },
);

test('with a command it becomes brood-init', { skip }, async () => {
  const started = startInNode(`
    import { init } from 'brood/init';
    init({ command: ['sh', '-c', 'echo ready; exec sleep 60'], rewrite: { SIGTERM: 'SIGINT' }, expectZero: [3] });`);
  await until(() => started.stdout().includes('ready'));
  assert.equal(stat(started.pid)?.comm, 'brood-init');
  process.kill(started.pid, 'SIGTERM');
  assert.equal((await started.result).code, 130);
});
