import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { eachLine, longestLine, WholeLines } from './whole-lines.ts';

function linesOf(chunks: readonly Buffer[]): string[] {
  const whole = new WholeLines();
  const lines: string[] = [];
  for (const bytes of [...chunks.map((chunk) => whole.push(chunk)), whole.end()]) {
    assert.ok(bytes.length === 0 || bytes.at(-1) === 0x0a);
    eachLine(bytes, (line) => lines.push(line));
  }
  return lines;
}

test('lines are the same wherever they were cut, also the last one without an end', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ü', '€', '\n', ' '), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(200)), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      assert.deepEqual(linesOf(chunks), expected);
    }),
  );
});

test('a carriage return belongs to the end of the line', () => {
  assert.deepEqual(linesOf([Buffer.from('one\r\ntwo\r'), Buffer.from('\n\r\nthree')]), [
    'one',
    'two',
    '',
    'three',
  ]);
});

test('a line without end is told in pieces, and no byte is lost', () => {
  const chunk = Buffer.alloc(100_000, 'x');
  const lines = linesOf(Array.from({ length: 20 }, () => chunk));
  assert.equal(lines.join('').length, 2_000_000);
  assert.ok(lines.length > 1);
  assert.ok(lines.every((line) => line.length < longestLine + 100_000));
});
