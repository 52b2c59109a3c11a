import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import test from 'node:test';

import { LineSplitter, linesOf, linesOfAll } from './lines.ts';

function split(...chunks: (string | Uint8Array)[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  return [...lines, ...splitter.end()];
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

test('lines end with \\n or \\r\\n, and the last one needs no end', () => {
  assert.deepEqual(split('one\ntwo\r\nthree'), ['one', 'two', 'three']);
  assert.deepEqual(split('one\n'), ['one']);
  assert.deepEqual(split('\n\r\n\n'), ['', '', '']);
  assert.deepEqual(split(), []);
  assert.deepEqual(split(''), []);
});

test('\\r alone is part of a line, also at its end when nothing follows', () => {
  assert.deepEqual(split('10%\r20%\n'), ['10%\r20%']);
  assert.deepEqual(split('last\r'), ['last\r']);
  assert.deepEqual(split('a\r\r\n'), ['a\r']);
});

test('a line may come in any number of pieces', () => {
  assert.deepEqual(split('o', 'n', 'e\nt', 'wo'), ['one', 'two']);
  assert.deepEqual(split('one\r', '\ntwo\r', '\n'), ['one', 'two']);
});

test('cut at every byte, the lines are the same', () => {
  const bytes = Buffer.from('Grüße\r\n日本語\n\n🐣 brood\nend');
  const whole = split(bytes);
  assert.deepEqual(whole, ['Grüße', '日本語', '', '🐣 brood', 'end']);
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(split(bytes.subarray(0, at), bytes.subarray(at)), whole);
  }
  assert.deepEqual(split(...Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
});

test('bytes that are no UTF-8 become U+FFFD and lose no line', () => {
  assert.deepEqual(split(Uint8Array.of(0xff, 0x0a, 0x61, 0x0a, 0xe2, 0x82)), [
    '\ufffd',
    'a',
    '\ufffd',
  ]);
});

test('a line of a million pieces takes no quadratic time', () => {
  const splitter = new LineSplitter();
  for (let i = 0; i < 1_000_000; i++) assert.equal(splitter.push('x').length, 0);
  assert.equal(splitter.push('\n')[0]?.length, 1_000_000);
});

test('the lines of a stream', async () => {
  const stream = Readable.from([Buffer.from('a\nb'), Buffer.from('c\n')], { objectMode: false });
  assert.deepEqual(await collect(linesOf(stream)), ['a', 'bc']);
});

test('lines of several streams come in the order of their arrival, whole', async () => {
  const [one, two] = [new PassThrough(), new PassThrough()];
  const lines = linesOfAll([one, two]);
  two.write('first\nsec');
  assert.equal((await lines.next()).value, 'first');
  one.write('between\n');
  assert.equal((await lines.next()).value, 'between');
  two.end('ond');
  assert.equal((await lines.next()).value, 'second');
  one.end();
  assert.equal((await lines.next()).done, true);
});

test('who stops early closes all the streams, also those that are silent', async () => {
  const [busy, silent] = [new PassThrough(), new PassThrough()];
  busy.write('one\ntwo\n');
  for await (const line of linesOfAll([busy, silent])) {
    assert.equal(line, 'one');
    break;
  }
  assert.ok(busy.destroyed);
  assert.ok(silent.destroyed);
});

test('the failure of one stream is the failure of all lines', async () => {
  const [one, two] = [new PassThrough(), new PassThrough()];
  const all = collect(linesOfAll([one, two]));
  one.destroy(new Error('broken'));
  await assert.rejects(all, /broken/);
  assert.ok(two.destroyed);
});
