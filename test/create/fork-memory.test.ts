/** What a child shares with its parent, counted in pages by the kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

const mebibyte = 2 ** 20;

/**
 * A parent that holds 500 MB, of which a child looks at every byte or object. Told are, in bytes: what the
 * parent holds, and then what of its memory the child has for itself alone.
 */
async function privateOf(hold: string, readAll: string): Promise<[held: number, own: number]> {
  const { told, stderr } = await withFork(
    `
    const memory = (file, names) => names
      .map((name) => Number(new RegExp('^' + name + ':\\\\s*(\\\\d+) kB', 'm').exec(readFileSync('/proc/self/' + file, 'latin1'))[1]))
      .reduce((sum, kilobytes) => sum + kilobytes * 1024, 0);
    const own = () => memory('smaps_rollup', ['Private_Dirty', 'Private_Clean']);
    ${hold}
    const readAll = () => { ${readAll} };
    readAll();
    // What is young is moved when it gets old, by parent and child alike: that is done before.
    globalThis.gc();
    globalThis.gc();
    tell(memory('status', ['RssAnon']));
    const status = await inChild(() => {
      const sum = readAll();
      tell(own());
      process.exit(Number.isFinite(sum) ? 0 : 1);
    });
    tell(status.code);
  `,
    { env: { NODE_OPTIONS: '--expose-gc --max-old-space-size=4000' } },
  );
  assert.equal(told.at(-1), 0, stderr);
  return told as [number, number];
}

const few = 16 * mebibyte;

test('a child of a parent with 500 MB of Buffers reads it all and stays within a few MB', async () => {
  const [held, own] = await privateOf(
    'const buffers = Array.from({ length: 32 }, () => Buffer.alloc(16 * 2 ** 20, 1));',
    `
      let sum = 0;
      for (const buffer of buffers) for (let at = 0; at < buffer.length; at += 64) sum += buffer[at];
      return sum;
    `,
  );
  assert.ok(held > 500 * mebibyte, `the parent holds ${held} bytes`);
  assert.ok(own < few, `the child has ${own} bytes for itself`);
});

test('and so does one of a parent with 500 MB of objects', async () => {
  const [held, own] = await privateOf(
    `
      const lists = [];
      while (process.memoryUsage().heapUsed < 520 * 2 ** 20) {
        lists.push(Array.from({ length: 1000 }, (_, i) => ({ i, name: 'n' + i, next: [i] })));
      }
    `,
    `
      let sum = 0;
      for (const list of lists) for (const each of list) sum += each.i + each.name.length + each.next[0];
      return sum;
    `,
  );
  assert.ok(held > 500 * mebibyte, `the parent holds ${held} bytes`);
  assert.ok(own < few, `the child has ${own} bytes for itself`);
});
