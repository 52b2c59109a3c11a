import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { CorruptFrame, FrameReader, frameOf, type Arrived } from './frame.ts';

function reader(): { reader: FrameReader; arrived: Arrived[] } {
  const arrived: Arrived[] = [];
  return {
    reader: new FrameReader(
      (message) => arrived.push(message),
      () => [],
    ),
    arrived,
  };
}

const large = new Float64Array(10_000).fill(0.5);
const values: readonly unknown[] = [
  undefined,
  null,
  0,
  'word ä 🐣',
  { list: [1n, new Date(0), /x/g], map: new Map([[{ key: 1 }, new Set([2])]]) },
  Buffer.from('bytes'),
  [large, large, new Uint8Array(3), new DataView(new ArrayBuffer(40_000))],
  [new ArrayBuffer(100_000), new ArrayBuffer(2)],
  new BigInt64Array(5000),
];

test('messages arrive whole and in order, however the stream is cut', () => {
  const frames = values.map((value, kind) => frameOf(kind, value));
  const stream = Buffer.concat(frames.flatMap(({ chunks }) => chunks));
  assert.equal(
    frames.reduce((sum, { bytes }) => sum + bytes, 0),
    stream.length,
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(cuts, (sizes) => {
      const { reader: to, arrived } = reader();
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = sizes[turn % sizes.length] as number;
        to.push(stream.subarray(at, at + size));
        at += size;
      }
      assert.equal(to.isMidFrame, false);
      assert.deepEqual(
        arrived.map(({ kind, value }) => [kind, value]),
        values.map((value, kind) => [kind, value]),
      );
      assert.deepEqual(
        arrived.map(({ bytes }) => bytes),
        frames.map(({ bytes }) => bytes),
      );
    }),
    { numRuns: 30 },
  );
});

test('one byte at a time will do', () => {
  const { reader: to, arrived } = reader();
  for (const chunk of frameOf(7, { a: Buffer.from('x') }).chunks) {
    for (let at = 0; at < chunk.length; at++) to.push(chunk.subarray(at, at + 1));
  }
  assert.deepEqual(
    arrived.map(({ kind, value }) => [kind, value]),
    [[7, { a: Buffer.from('x') }]],
  );
});

test('a frame that has begun is known', () => {
  const { reader: to } = reader();
  const [chunk] = frameOf(1, 'a long enough text').chunks as [Uint8Array];
  assert.equal(to.isMidFrame, false);
  to.push(chunk.subarray(0, 1));
  assert.equal(to.isMidFrame, true);
  to.push(chunk.subarray(1, 30));
  assert.equal(to.isMidFrame, true);
  to.push(chunk.subarray(30));
  assert.equal(to.isMidFrame, false);
});

test('what is no frame is refused before memory is taken for it', () => {
  for (const wrong of [Buffer.alloc(64), Buffer.alloc(64, 0xff), Buffer.from('x'.repeat(64))]) {
    assert.throws(() => reader().reader.push(wrong), CorruptFrame);
  }
  const [chunk] = frameOf(1, 'text').chunks as [Uint8Array];
  const broken = Buffer.from(chunk);
  broken.fill(0xfe, 24);
  assert.throws(() => reader().reader.push(broken), CorruptFrame);
});

test('large memory is not copied into the message, and arrives as memory of its own', () => {
  const { chunks } = frameOf(1, { large });
  assert.ok(chunks.some((chunk) => chunk.buffer === large.buffer));
  const { reader: to, arrived } = reader();
  for (const chunk of chunks) to.push(chunk);
  const { large: there } = (arrived[0] as Arrived).value as { large: Float64Array };
  assert.deepEqual(there, large);
  assert.equal(there.buffer.byteLength, large.byteLength);
});

test('a small view of a large buffer takes no more along than itself', () => {
  const { bytes } = frameOf(1, new Uint8Array(new ArrayBuffer(1_000_000), 10, 10));
  assert.ok(bytes < 200, String(bytes));
});

test('what cannot be cloned is a DataCloneError of structuredClone', () => {
  const list = [() => {}, Symbol('s'), Promise.resolve(), new WeakMap(), new SharedArrayBuffer(8)];
  for (const value of [...list, new Uint8Array(new SharedArrayBuffer(8)), { deep: [() => {}] }]) {
    assert.throws(
      () => frameOf(1, value),
      (error) => error instanceof DOMException && error.name === 'DataCloneError',
    );
  }
});
