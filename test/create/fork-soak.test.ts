/**
 * Forks again and again while everything that has threads is at work. A few for every run of the
 * tests; `BROOD_SOAK=100000` for as many as one likes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fixture, runNode } from '../harness/fixture.ts';

const forks = Number(process.env['BROOD_SOAK'] ?? 40);

interface Inventory {
  readonly descriptors: number;
  readonly threads: number;
  readonly mappings: number;
  readonly rss: number;
}

for (const flags of [[], ['--stress-compaction'], ['--max-lazy']]) {
  test(`${forks} forks under load, none fails and the parent does not grow ${flags.join(' ')}`, async () => {
    const { stdout, stderr, code } = await runNode([
      ...flags,
      fixture('fork-under-load'),
      String(flags.length === 0 ? forks : Math.ceil(forks / 4)),
    ]);
    assert.equal(code, 0, stderr);
    const { wrong, early, late } = JSON.parse(stdout) as {
      wrong: number;
      early: Inventory;
      late: Inventory;
    };
    assert.equal(wrong, 0, stderr);
    assert.equal(late.descriptors, early.descriptors);
    assert.ok(late.threads <= early.threads, `${early.threads} threads, then ${late.threads}`);
    // The heap breathes; what grew with each fork would not stop at this.
    assert.ok(
      late.mappings < early.mappings + 300,
      `${early.mappings} mappings, then ${late.mappings}`,
    );
    assert.ok(late.rss < early.rss + (200 << 20), `${early.rss} bytes, then ${late.rss}`);
  });
}
