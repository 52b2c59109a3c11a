import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Capture, Interleaved } from './capture.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('chunks are cut to the byte, and the rest is forgotten', () => {
  const capture = new Capture(5);
  capture.take(bytes(1, 2, 3));
  assert.equal(capture.truncated, false);
  capture.take(bytes(4, 5, 6));
  capture.take(bytes(7));
  assert.equal(capture.truncated, true);
  assert.deepEqual([...capture.output('buffer')], [1, 2, 3, 4, 5]);
});

test('exactly as much as there is room for is not cut', () => {
  const capture = new Capture(2);
  capture.take(bytes(65, 66));
  assert.deepEqual([capture.truncated, capture.output('utf8')], [false, 'AB']);
});

test('each output is decoded for itself, in the order of all', () => {
  const order = new Interleaved();
  const out = new Capture(10);
  const err = new Capture(10);
  // U+65E5 in pieces, between pieces of U+00E9, and a byte that is no character.
  order.add(out, bytes(0xe6));
  order.add(err, bytes(0xc3));
  order.add(out, bytes(0x97, 0xa5));
  order.add(err, bytes(0xa9, 0x41));
  order.add(out, bytes(0xff, 0xe6));
  assert.equal(order.output('utf8'), '日éA\u{fffd}\u{fffd}');
  assert.equal(order.output('buffer').length, 8);
});
