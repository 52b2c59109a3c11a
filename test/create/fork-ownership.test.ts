/** What is the parent's alone, and what is on both sides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

test("the parent's children are the child's siblings: seen, signalled, and nobody's to wait for", async () => {
  const { told, stderr } = await withFork(`
    const sibling = await spawn('sleep', ['60']);
    const pending = sibling.wait().then((status) => writeSync(1, JSON.stringify([process.pid === parent, String(status)]) + '\\n'));
    const parent = process.pid;
    const any = current.waitAny().then(() => 'told', (error) => error.code);
    const status = await inChild(async () => {
      tell([sibling.isAlive(), sibling.parent().pid === parent, current.children().length]);
      tell(await current.waitAny().catch((error) => error.code));
      tell(sibling.signal('SIGTERM'));
      const end = await sibling.wait();
      tell(end.kind === 'unobserved' || String(end));
      await sleep(50);
      tell(await Promise.race([any, 'waits for ever']));
    });
    await pending;
    tell([status.code, ['told', 'ECHILD'].includes(await any)]);
  `);
  // The parent tells of the end while the child looks at it.
  const parents = told.filter((line) => Array.isArray(line) && line.length === 2);
  const childs = told.filter((line) => !parents.includes(line));
  assert.deepEqual(childs.slice(0, 3), [[true, true, 0], 'ECHILD', true], stderr);
  assert.ok(childs[3] === true || childs[3] === 'killed by SIGTERM', String(childs[3]));
  assert.equal(childs[4], 'waits for ever');
  assert.deepEqual(parents, [
    [true, 'killed by SIGTERM'],
    [0, true],
  ]);
});

test("the end of the child neither stops the parent's children nor runs its exitors", async () => {
  const { told, stderr } = await withFork(`
    const sibling = await spawn('sleep', ['60']);
    current.onExit(() => writeSync(1, JSON.stringify('exitor of ' + (process.pid === parent ? 'the parent' : 'a child')) + '\\n'));
    const parent = process.pid;
    const child = fork();
    if (child.isCurrent) {
      current.onExit(() => writeSync(1, JSON.stringify("the child's own") + '\\n'));
      process.exit(0);
    }
    await child.wait();
    tell(sibling.isAlive());
    const crashed = fork();
    if (crashed.isCurrent) process.kill(process.pid, 'SIGTERM');
    tell(String(await crashed.wait()));
    tell(sibling.isAlive());
    sibling.kill();
    await sibling.wait();
  `);
  assert.deepEqual(
    told,
    ["the child's own", true, 'killed by SIGTERM', true, 'exitor of the parent'],
    stderr,
  );
});

test('the output of a program that the parent runs reaches the parent whole', async () => {
  const { told, stderr } = await withFork(`
    import { run } from 'brood';
    const running = run('sh', ['-c', 'for i in $(seq 200); do echo line $i; sleep 0.001; done']);
    await sleep(30);
    const child = fork();
    if (child.isCurrent) {
      void running.then(() => tell('the child heard of it'), () => tell('the child heard of it'));
      await sleep(200);
      process.exit(0);
    }
    tell((await running).stdout.split('\\n').filter((line) => line !== '').length);
    tell((await child.wait()).code);
  `);
  assert.deepEqual(told, [200, 0], stderr);
});

test("a start that is under way at the fork is the parent's", async () => {
  const { told, stderr } = await withFork(`
    const starting = spawn('sh', ['-c', 'exit 3']);
    const child = fork();
    if (child.isCurrent) {
      void starting.then(() => tell('started in the child'), () => tell('failed in the child'));
      await sleep(50);
      const own = await spawn('sh', ['-c', 'exit 4']);
      process.exit((await own.wait()).code);
    }
    tell((await (await starting).wait()).code);
    tell((await child.wait()).code);
  `);
  assert.deepEqual(told, [3, 4], stderr);
});

test('a time-out of the parent stops nothing from the child', async () => {
  const { told, stderr } = await withFork(`
    const sibling = await spawn('sleep', ['60'], { timeout: 60_000 });
    const bounded = sibling.wait({ timeout: 20 }).then(() => process.pid);
    const child = fork();
    if (child.isCurrent) {
      const heard = await Promise.race([bounded.then(() => true), sleep(200).then(() => false)]);
      process.exit(heard ? 1 : 0);
    }
    tell([(await bounded) === process.pid, (await child.wait()).code, sibling.isAlive()]);
    sibling.kill();
  `);
  assert.deepEqual(told, [[true, 0, true]], stderr);
});

test('waitAny() tells of forked children too, each once', async () => {
  const { told, stderr } = await withFork(`
    const pids = [];
    for (let i = 0; i < 3; i++) {
      const child = fork();
      if (child.isCurrent) process.exit(i);
      pids.push(child.pid);
    }
    const seen = [];
    for (let i = 0; i < 3; i++) {
      const child = await current.waitAny();
      seen.push([pids.indexOf(child.pid), child.exitStatus.code]);
    }
    tell(seen.sort());
    tell(await current.waitAny().catch((error) => error.code));
  `);
  assert.deepEqual(
    told,
    [
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      'ECHILD',
    ],
    stderr,
  );
});

test('attach() finds the forked child that is ours, and the parent from the child', async () => {
  const { told, stderr } = await withFork(`
    const parent = process.pid;
    const child = fork();
    if (child.isCurrent) {
      tell([attach(parent).isAlive(), current.parent().pid === parent, attach(process.pid) === current]);
      await sleep(60_000);
    } else {
      await until(() => current.children().length === 1);
      tell([attach(child.pid) === child, current.children()[0] === child]);
      await sleep(100);
      const status = await child.terminate({ grace: 10_000 });
      tell(String(status));
    }
  `);
  const sorted = told.toSorted((a, b) => String(a).length - String(b).length);
  assert.deepEqual(
    new Set(sorted.map((line) => JSON.stringify(line))),
    new Set(['[true,true,true]', '[true,true]', '"killed by SIGTERM"']),
    stderr,
  );
});

test('timers, listeners and promises go on in both', async () => {
  const { told, stderr } = await withFork(`
    const both = [];
    setTimeout(() => both.push('timer'), 20);
    setImmediate(() => both.push('immediate'));
    process.nextTick(() => both.push('tick'));
    void Promise.resolve().then(() => both.push('promise'));
    const child = fork();
    if (child.isCurrent) watchdog();
    await until(() => both.length === 4);
    if (child.isCurrent) {
      tell(both.toSorted());
      process.exit(0);
    }
    await child.wait();
    tell(both.toSorted());
  `);
  const expected = ['immediate', 'promise', 'tick', 'timer'];
  assert.deepEqual(told, [expected, expected], stderr);
});

test('a signal reaches the one it is sent to, and the mask is inherited', async () => {
  const { told, stderr } = await withFork(`
    const heard = [];
    signals.on('SIGUSR2', () => heard.push('SIGUSR2'));
    signals.block('SIGHUP');
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      tell(signals.blocked());
      process.kill(process.pid, 'SIGHUP');
      tell(signals.pending());
      signals.ignore('SIGHUP').unblock('SIGHUP');
      tell('ready');
      await until(() => heard.length === 1);
      process.exit(heard.length);
    }
    let sent = false;
    await until(() => {
      sent ||= readFileSync('/proc/' + child.pid + '/status', 'latin1').match(/SigIgn:\\s*([0-9a-f]+)/)[1].endsWith('1');
      if (sent) child.signal('SIGUSR2');
      return sent;
    });
    tell([(await child.wait()).code, heard]);
    signals.unblock('SIGHUP');
  `);
  assert.deepEqual(told, [['SIGHUP'], ['SIGHUP'], 'ready', [1, []]], stderr);
});

test('without pidfds it is the same', async () => {
  const { told, stderr } = await withFork(
    `
    const sibling = await spawn('sleep', ['60']);
    const status = await inChild(async () => {
      tell([sibling.isAlive(), features().pidfd.available]);
      tell((await (await spawn('sh', ['-c', 'exit 5'])).wait()).code);
      process.exit(6);
    });
    tell([status.code, sibling.isAlive()]);
    sibling.kill();
    tell(String(await sibling.wait()));
  `,
    { env: { BROOD_PIDFD: 'off' } },
  );
  assert.deepEqual(told, [[true, false], 5, [6, true], 'killed by SIGKILL'], stderr);
});
