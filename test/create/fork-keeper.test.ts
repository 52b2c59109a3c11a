/** What dies with whom, when a program that forks has children with a death signal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

/** `doomed()`: a child that is to die with its parent. `gone(pid)`: it has ended. */
const prelude = `
  const doomed = () => spawn('sleep', ['1000'], {
    stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', deathSignal: 'SIGKILL',
  });
  const gone = (pid) => {
    try { return / Z /.test(readFileSync('/proc/' + pid + '/stat', 'latin1')); } catch { return true; }
  };
`;

test("the parent's trees die with the parent, though its forked child lives on", async () => {
  const { told, signal, stderr } = await withFork(`
    ${prelude}
    const parent = process.pid;
    const sibling = await doomed();
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      await until(() => process.ppid !== parent);
      await until(() => gone(sibling.pid));
      tell('gone');
    } else {
      process.kill(process.pid, 'SIGKILL');
    }
  `);
  assert.equal(signal, 'SIGKILL', stderr);
  assert.deepEqual(told, ['gone'], stderr);
});

test("a forked child's trees die with it, and the parent's do not", async () => {
  const { told, stderr } = await withFork(`
    ${prelude}
    const sibling = await doomed();
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      tell((await doomed()).pid);
      process.kill(process.pid, 'SIGKILL');
    }
    tell(String(await child.wait()));
    tell(sibling.isAlive());
    await sibling.terminate();
  `);
  const [pid, ...rest] = told;
  assert.deepEqual(rest, ['killed by SIGKILL', true], stderr);
  const { told: after } = await withFork(
    `${prelude} await until(() => gone(${String(pid)})); tell('gone');`,
  );
  assert.deepEqual(after, ['gone']);
});

test("a start that waits for its keeper at the fork is the parent's, and the child can have its own", async () => {
  const { told, stderr } = await withFork(`
    ${prelude}
    const descriptors = () => readdirSync('/proc/self/fd').length;
    tell(features().fork.available); // what that opens stays open
    const before = descriptors();
    const starting = doomed();
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      void starting.then(() => tell('started in the child'), (error) => tell(String(error)));
      await sleep(100);
      tell(descriptors() - before);
      const own = await doomed();
      tell(current.children().length);
      await own.terminate();
      process.exit(5);
    }
    const started = await starting;
    tell((await child.wait()).code);
    tell(started.isAlive());
    await started.terminate();
  `);
  assert.deepEqual(told, [true, 0, 2, 5, true], stderr);
});
