/** The end of the program, and what a pool has to do with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inNode, startInNode } from '../harness/in-node.ts';
import { poolMethods, workUrl } from '../harness/pools.ts';
import { childrenOf, hasEnded, until } from '../harness/proc.ts';

/** A pool of `size` workers by that method. */
function made(method: string, size: number): string {
  const options = `{ size: ${size}${method === 'fork' ? '' : `, method: '${method}', execArgv: []`} }`;
  return `
    import { Pool } from 'brood/pool';
    import * as work from '${workUrl.href}';
    const pool = new Pool(${method === 'fork' ? '{ ...work }' : `'${workUrl.href}'`}, ${options});
  `;
}

for (const method of poolMethods) {
  for (const how of ['SIGKILL', 'SIGTERM'] as const) {
    test(`${method}: nothing is left when the program dies by ${how}`, async (t) => {
      const started = startInNode(`${made(method, 4)}
        await pool.ready();
        pool.run('spin').catch(() => {});
        pool.run('hang').catch(() => {});
        await pool.run('add', 1, 2);
        console.log('ready');`);
      t.after(async () => {
        started.child.kill('SIGKILL');
        await started.result;
      });
      await until(() => started.stdout().includes('ready'), `it: ${started.stderr()}`);
      const pids = childrenOf(started.pid);
      assert.ok(pids.length >= 4);
      started.child.kill(how);
      for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
      await started.result;
    });
  }

  test(`${method}: an idle pool does not keep the program; tasks do`, async () => {
    const { code, stdout, stderr } = await inNode(`${made(method, 2)}
      pool.run('later', 300, 'awaited').then(console.log);
      process.on('exit', () => console.log('exit'));`);
    assert.equal(stdout, 'awaited\nexit\n', stderr);
    assert.equal(code, 0);
  });
}

test('await using waits for what there is', async () => {
  const { code, stdout, stderr } = await inNode(`${made('fork', 1)}
    async function main() {
      pool.run('later', 100, 'done').then(console.log);
      await pool[Symbol.asyncDispose]();
      console.log('closed');
    }
    await main();`);
  assert.equal(stdout, 'done\nclosed\n', stderr);
  assert.equal(code, 0);
});

test('a forked child has no part in the pool of its parent', async () => {
  const { stdout, stderr } = await inNode(`${made('fork', 1)}
    import { fork, task } from 'brood';
    await pool.ready();
    const inner = await task(async () => {
      const error = await pool.run('add', 1, 2).catch((e) => e);
      const own = new Pool({ twice: (n) => n * 2 }, { size: 1 });
      const result = [error.code, await own.run('twice', 4)];
      await own.close();
      await pool.close();
      return result;
    });
    console.log(JSON.stringify(await inner.result), await pool.run('add', 1, 2));
    await pool.close();`);
  assert.equal(stdout, '["ERR_INVALID_STATE",8] 3\n', stderr);
});

test('a pool inside a worker of a pool', async () => {
  const { stdout, stderr } = await inNode(`
    import { Pool } from 'brood/pool';
    const pool = new Pool({
      outer: async (n) => {
        const inner = new Pool({ inner: (m) => [m + 1, process.ppid] }, { size: 1 });
        const [result, ppid] = await inner.run('inner', n);
        await inner.close();
        return [result, ppid === process.pid];
      },
    }, { size: 1 });
    console.log(JSON.stringify(await pool.run('outer', 1)));
    await pool.close();`);
  assert.equal(stdout, '[2,true]\n', stderr);
});
