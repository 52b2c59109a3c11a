import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { parsePs, parseStat } from './table.ts';

/** A line of /proc/PID/stat for a program of that name. */
function line(name: string, state = 'S', threads = 1, status = 0): string {
  const fields = Array.from({ length: 52 }, (_, at) => String(1000 + at));
  Object.assign(fields, { 0: '7', 1: `(${name})`, 2: state, 3: '2', 4: '3', 5: '4' });
  Object.assign(fields, { 19: String(threads), 21: '99', 51: String(status) });
  return `${fields.join(' ')}\n`;
}

test('a line of /proc/PID/stat is read whatever the program is called', () => {
  const row = { pid: 7, ppid: 2, pgid: 3, sid: 4, state: 'S', startTime: 99 };
  for (const name of ['node', '', 'a b', ') S 1 1 (', '((', '\n', '7 (x) R 0']) {
    assert.deepEqual(parseStat(line(name))?.row, row, name);
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), (name) => {
      assert.deepEqual(parseStat(line(name))?.row, row);
    }),
  );
});

test('a zombie tells its status; one that lost its first thread only has not ended', () => {
  assert.deepEqual([parseStat(line('x', 'Z', 1, 256))?.ended], [true]);
  assert.equal(parseStat(line('x', 'Z', 1, 256))?.waitStatus, 256);
  assert.equal(parseStat(line('x', 'X', 0))?.ended, true);
  assert.equal(parseStat(line('x', 'Z', 3))?.ended, false);
  assert.equal(parseStat(line('x', 'T'))?.ended, false);
});

test('what is no line of stat is nothing', () => {
  for (const text of ['', '7', '7 (node', '7 (node) S 1 2 3']) {
    assert.equal(parseStat(text), undefined, text);
  }
});

test('the columns of ps are read, as Linux and as macOS print them', () => {
  const rows = parsePs(
    [
      '    1     0     1     1 Ss   Thu Nov 21 14:43:00 2024',
      '  77     1    77 ffffa0 R+   Thu Nov 21 14:43:01 2024    ',
      '',
      'PID PPID',
    ].join('\n'),
  );
  const start = Date.parse('Thu Nov 21 14:43:00 2024') / 10;
  assert.deepEqual(rows, [
    { pid: 1, ppid: 0, pgid: 1, sid: 1, state: 'S', startTime: start },
    { pid: 77, ppid: 1, pgid: 77, sid: 0, state: 'R', startTime: start + 100 },
  ]);
});
