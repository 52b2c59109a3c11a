import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { style } from './style.ts';
import { type Column, tableLines } from './table.ts';
import { clean, cut, fit, widthOf } from './text.ts';

test('what would move the cursor is shown as what it is', () => {
  assert.equal(clean('a\nb\tc\u001b[31md'), String.raw`a\nb\tc\x1b[31md`);
  assert.equal(clean('\u202eabc\u0007'), String.raw`\u202eabc\x07`);
  assert.equal(clean('caf\udcff'), String.raw`caf\xff`, 'a byte that is no UTF-8');
  assert.equal(clean('日本 ok'), '日本 ok');
});

test('text is cut by columns, not by characters', () => {
  assert.equal(cut('process', 5), 'proc…');
  assert.equal(cut('日本語', 5), '日本…');
  assert.equal(fit('日', 4), '日  ');
  assert.equal(fit('7', 3, true), '  7');
  assert.equal(cut('abc', 0), '');
});

test('a table is never wider than the terminal, and whole without one', () => {
  const columns: Column<readonly string[]>[] = [0, 1, 2].map((index) => ({
    title: `TITLE${index}`,
    right: index === 0,
    text: (row) => row[index] ?? '',
  }));
  const cells = fc.array(fc.tuple(fc.string(), fc.string({ unit: 'grapheme' }), fc.string()));
  fc.assert(
    fc.property(cells, fc.integer({ min: 30, max: 120 }), (rows, width) => {
      const lines = tableLines(rows, columns, { width, header: true, style });
      assert.equal(lines.length, rows.length + 1);
      for (const line of lines) assert.ok(widthOf(line) <= width, JSON.stringify(line));
      const whole = tableLines(rows, columns, { width: undefined, header: false, style });
      for (const [index, row] of rows.entries()) {
        assert.ok(whole[index]?.includes(clean(row[1]).trimEnd()), JSON.stringify(whole[index]));
      }
    }),
  );
});
