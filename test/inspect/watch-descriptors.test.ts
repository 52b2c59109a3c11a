/** The files that watch() keeps open from look to look. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';
import { tellingNode } from '../harness/telling-node.ts';

const prelude = `
import { readdirSync, readlinkSync } from 'node:fs';
import { watch } from 'brood/inspect';
const links = () => readdirSync('/proc/self/fd').map((fd) => {
  try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
});
const open = () => links().filter((link) => /^\\/proc\\/\\d+\\/stat$/.test(link)).length;
const fields = ['name', 'cpuTime'];
`;

test('they stay open while one watches, and are closed at the end', async () => {
  const { told, stderr } = await tellingNode(`${prelude}
    let looks = 0;
    for await (const { processes } of watch({ interval: 10, fields })) {
      if (++looks < 3) continue;
      tell([open() > 0, processes.has(process.pid)]);
      break;
    }
    tell(open());
    const controller = new AbortController();
    for await (const _ of watch({ interval: 10, fields, signal: controller.signal })) controller.abort();
    tell(open());
  `);
  assert.deepEqual(told, [[true, true], 0, 0], stderr);
});

test('they leave room where few are allowed, and all processes are seen', async () => {
  const { told, stderr } = await tellingNode(
    `${prelude}
    let looks = 0;
    for await (const { processes } of watch({ interval: 10, fields })) {
      if (++looks < 3) continue;
      tell([open() > 0, open() <= 32, processes.has(process.pid), processes.has(process.ppid)]);
      break;
    }
  `,
    { wrap: ['prlimit', '--nofile=128:128', '--'] },
  );
  assert.deepEqual(told, [[true, true, true, true]], stderr);
});

test('a child of fork() goes on to watch', async () => {
  const { told, stderr } = await withFork(`
    const { watch } = await import('brood/inspect');
    const ticks = watch({ interval: 10, fields: ['name', 'cpuTime'] });
    await ticks.next();
    await ticks.next();
    const status = await inChild(async () => {
      const { value } = await ticks.next();
      await ticks.return();
      process.exit(value.processes.has(process.pid) && value.processes.has(process.ppid) ? 6 : 1);
    });
    const { value } = await ticks.next();
    await ticks.return();
    tell([status.code, value.processes.has(process.pid)]);
  `);
  assert.deepEqual(told, [[6, true]], stderr);
});
