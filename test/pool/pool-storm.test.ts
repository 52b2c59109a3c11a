/** Thousands of tasks while workers are killed at random: each settles once, and rightly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WorkerDiedError } from 'brood/pool';

import { poolMethods, poolOf } from '../harness/pools.ts';

const tasks = 1000;

for (const method of poolMethods) {
  for (const retries of [0, 20]) {
    test(`${method}: every task settles once in a storm, with ${retries} retries`, async (t) => {
      const pool = poolOf(t, method, { size: 3, retries });
      await pool.ready();
      const large = new Uint8Array(300_000);
      const killOne = (): void => {
        const ready = pool.stats().workers.filter(({ state }) => state !== 'starting');
        const { pid } = ready[Math.floor(Math.random() * ready.length)] ?? { pid: 0 };
        if (pid !== 0) process.kill(pid, 'SIGKILL');
      };
      let over = 0;
      const settled = new Uint8Array(tasks);
      let died = 0;
      const run = async (index: number): Promise<void> => {
        try {
          if (index % 20 === 0) assert.equal(await pool.run('later', 5, index), index);
          else if (index % 20 === 1) assert.equal(await pool.run('sizeOf', large), 300_000);
          else assert.equal(await pool.run('add', index, 1), index + 1);
        } catch (error) {
          if (!(error instanceof WorkerDiedError)) throw error;
          died++;
        }
        settled[index]!++;
        if (++over % (method === 'spawn' ? 60 : 15) === 0) setTimeout(killOne, Math.random() * 5);
      };
      const all: Promise<void>[] = [];
      for (let index = 0; index < tasks; index++) {
        all.push(run(index));
        if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await Promise.all(all);
      assert.ok(settled.every((times) => times === 1));
      const { completed, failed, queued, running } = pool.stats();
      assert.deepEqual(
        { completed, failed, queued, running },
        { completed: tasks - died, failed: died, queued: 0, running: 0 },
      );
      if (retries > 0) assert.equal(died, 0);
      assert.equal(await pool.run('add', 1, 2), 3);
    });
  }
}
