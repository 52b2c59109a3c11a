import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startInNode } from '../harness/in-node.ts';
import { hasEnded, until } from '../harness/proc.ts';
import { methods } from '../harness/task-methods.ts';
import { namedPids } from '../harness/tree.ts';

/** A program with three tasks: one waits, one computes without end, one has a child of its own. */
function program(method: string): string {
  return `
    import { task } from 'brood';
    const by = task.with({ method: '${method}'${method === 'fork' ? '' : ', execArgv: []'} });
    const told = async (name, t) => {
      await t.channel.receive();
      console.log(name, t.pid);
    };
    const brood = import.meta.resolve('brood');
    await told('waiting', await by(async (url) => {
      setInterval(() => {}, 1000);
      await (await import(url)).taskChannel().send('ready');
      return new Promise(() => {});
    }, brood));
    await told('busy', await by(async (url) => {
      await (await import(url)).taskChannel().send('ready');
      for (;;);
    }, brood));
    await told('lingering', await task.with({ method: '${method}', linger: true })(async (url) => {
      setInterval(() => {}, 1000);
      await (await import(url)).taskChannel().send('ready');
    }, brood));
    console.log('done 0');
  `;
}

for (const method of methods) {
  for (const how of ['SIGKILL', 'SIGTERM'] as const) {
    test(`${method}: no task is left when the program dies by ${how}`, async (t) => {
      const started = startInNode(program(method), { detached: true });
      t.after(async () => {
        started.child.kill('SIGKILL');
        await started.result;
      });
      await until(() => started.stdout().includes('done'), `the tasks: ${started.stderr()}`);
      const pids = await namedPids(lines(started.stdout()), 3);
      assert.equal([...pids.values()].filter((pid) => !hasEnded(pid)).length, 3);
      started.child.kill(how);
      for (const [name, pid] of pids) await until(() => hasEnded(pid), `the end of ${name}`);
      await started.result;
    });
  }
}

async function* lines(text: string): AsyncGenerator<string> {
  yield* text.split('\n');
}
