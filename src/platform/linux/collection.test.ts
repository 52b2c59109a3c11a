import assert from 'node:assert/strict';
import { test } from 'node:test';

import { binding, type NativeAddon } from '../binding.ts';
import { Collection, type CollectionMemory } from './collection.ts';

const loaded = binding().addon;
const skip = loaded === undefined ? 'no addon here' : false;
const addon = loaded as NativeAddon;

/** What reads of at most `most` bytes bring, of a text in which every place is different. */
function fill(collection: Collection, length: number, most: number): Buffer {
  const all = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) all.writeUInt32LE(at, at);
  for (let at = 0; at < length;) {
    const room = collection.next();
    const read = all.subarray(at, at + Math.min(most, room.length));
    read.copy(room);
    collection.took(read.length);
    at += read.length;
  }
  return all;
}

function started(maxBuffer: number, memory: CollectionMemory = addon): Collection {
  return new Collection(memory, maxBuffer, Buffer.alloc(8192));
}

const lengths = [0, 1, 8191, 8192, 65_535, 65_536, 2 ** 21 - 1, 2 ** 21, 2 ** 21 + 1, 5_000_001];

for (const length of lengths) {
  test(`${length} bytes are the same in one piece`, { skip }, () => {
    for (const most of [4096, 262_144]) {
      const collection = started(Infinity);
      const all = fill(collection, length, most);
      const bytes = collection.bytes();
      assert.equal(bytes.length, length);
      assert.ok(bytes.equals(all));
      assert.equal(collection.truncated, false);
    }
  });

  test(`at most ${length} bytes are kept, and exactly as many are not cut`, { skip }, () => {
    const whole = started(length);
    fill(whole, length, 50_000);
    assert.deepEqual([whole.truncated, whole.bytes().length], [false, length]);
    const cut = started(length);
    const all = fill(cut, length + 100_000, 50_000);
    const bytes = cut.bytes();
    assert.equal(cut.truncated, true);
    assert.ok(bytes.equals(all.subarray(0, length)));
  });
}

test('the memory of what grows is detached, and of what is trimmed given back', { skip }, () => {
  const first = addon.growMemory(undefined, 4096);
  new Uint8Array(first).fill(7);
  const second = addon.growMemory(first, 8 * 1024 * 1024);
  assert.equal(first.byteLength, 0);
  assert.deepEqual([...new Uint8Array(second, 4095, 2)], [7, 0]);
  const third = addon.trimMemory(second, 10) as ArrayBuffer;
  assert.deepEqual([second.byteLength, third.byteLength], [0, 10]);
  assert.equal(addon.trimMemory(third, 0), undefined);
});

test('without memory the reading goes on, and the end tells of it', () => {
  const failure = Object.assign(new Error('mmap: no'), { errno: 12, syscall: 'mmap' });
  const collection = started(Infinity, {
    growMemory: () => {
      throw failure;
    },
    trimMemory: () => assert.fail('there is nothing to trim'),
  });
  fill(collection, 1_000_000, 65_536);
  assert.throws(() => collection.bytes(), { name: 'ProcessError', code: 'ENOMEM' });
});
