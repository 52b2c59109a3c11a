/** Many tasks of one server: neither it nor the program grows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inNode } from '../harness/in-node.ts';

/** BROOD_SERVED=100000 runs so many; CI runs 1,000. */
const many = Number(process.env['BROOD_SERVED'] ?? 1000);

const prelude = `
  import { current, task } from 'brood';
  import { readdirSync, readFileSync } from 'node:fs';
  const by = task.with({ method: 'forkserver' });
  const one = async (i) => {
    const t = await by((n) => n * 2, i);
    if ((await t.result) !== i * 2) throw new Error('a wrong result');
    const status = await t.wait();
    if (!status.ok) throw new Error(String(status));
  };
  const rss = (pid) => Number(/^RssAnon:\\s+(\\d+)/m.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))[1]);
  // A spare has one thread.
  const server = () => current.children().map(({ pid }) => pid).find((pid) =>
    readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('fork-server.js')
      && readdirSync('/proc/' + pid + '/task').length > 1);
  const glance = () => ({
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    ofServer: readdirSync('/proc/' + server() + '/fd').length,
    server: server(),
    rss: rss(process.pid),
    rssOfServer: rss(server()),
  });
  // A spare may be in the making: what counts is what is there at rest.
  const look = async () => {
    let least = glance();
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const now = glance();
      for (const name in now) least[name] = Math.min(least[name], now[name]);
    }
    console.log(JSON.stringify(least));
  };
`;

interface Look {
  readonly descriptors: number;
  readonly threads: number;
  readonly ofServer: number;
  readonly server: number;
  readonly rss: number;
  readonly rssOfServer: number;
}

async function beforeAndAfter(code: string): Promise<[Look, Look]> {
  const { stdout, stderr, code: exit } = await inNode(`${prelude} ${code}`);
  assert.equal(exit, 0, stderr);
  const looks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Look);
  assert.equal(looks.length, 2, stdout);
  return looks as [Look, Look];
}

function assertNoGrowth([before, after]: [Look, Look]): void {
  assert.equal(after.server, before.server);
  assert.equal(after.threads, before.threads);
  assert.ok(after.descriptors <= before.descriptors + 4, JSON.stringify([before, after]));
  assert.ok(after.ofServer <= before.ofServer, JSON.stringify([before, after]));
  assert.ok(after.rssOfServer <= before.rssOfServer + 512, JSON.stringify([before, after]));
  assert.ok(after.rss <= before.rss + 60_000, JSON.stringify([before, after]));
}

test(`${many} tasks, one after the other`, async () => {
  assertNoGrowth(
    await beforeAndAfter(`
      for (let i = 0; i < 50; i++) await one(i);
      await look();
      for (let i = 0; i < ${many}; i++) await one(i);
      await look();
    `),
  );
});

test('50 at once, again and again', async () => {
  assertNoGrowth(
    await beforeAndAfter(`
      const all = () => Promise.all(Array.from({ length: 50 }, (_, i) => one(i)));
      await all();
      await look();
      for (let i = 0; i < 4; i++) await all();
      await look();
    `),
  );
});
