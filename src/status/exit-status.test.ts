import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';

import fc from 'fast-check';

import { signalName } from '../signal/signal-names.ts';
import { exitStatus, ExitStatus } from './exit-status.ts';

const usage = [1_500, 2_500, 1_024, 1, 2, 3, 4, 5, 6];
const of = (waitStatus: number | undefined) => exitStatus({ waitStatus, usage: undefined });

test('every raw 16-bit wait status is read as the macros of wait(2) do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), (raw) => {
      const status = of(raw);
      const low = raw & 0x7f;
      const wifexited = low === 0;
      const wifsignaled = low !== 0 && low !== 0x7f;
      const kind = wifexited ? 'exited' : wifsignaled ? 'signaled' : 'unobserved';
      assert.equal(status.kind, kind);
      assert.equal(status.waitStatus, raw);
      assert.equal(status.code, wifexited ? raw >> 8 : undefined);
      assert.equal(status.signal, wifsignaled ? signalName(low) : undefined);
      assert.equal(status.coreDumped, wifsignaled && (raw & 0x80) !== 0);
      assert.equal(status.ok, wifexited && raw >> 8 === 0);
      assert.equal(status.shellCode, wifexited ? raw >> 8 : wifsignaled ? 128 + low : undefined);
    }),
    { numRuns: 5_000 },
  );
});

test('an exit, a death by a signal and one with a core dump are told in words', () => {
  assert.equal(String(of(0)), 'exited with code 0');
  assert.equal(String(of(256)), 'exited with code 1');
  assert.equal(String(of(constants.signals.SIGTERM)), 'killed by SIGTERM');
  assert.equal(String(of(constants.signals.SIGSEGV | 0x80)), 'killed by SIGSEGV (core dumped)');
});

test('what was not observed is never taken for success', () => {
  for (const status of [of(undefined), of(0x137f), of(0xffff)]) {
    assert.equal(status.kind, 'unobserved');
    assert.equal(status.ok, false);
    assert.equal(status.code, undefined);
    assert.equal(status.shellCode, undefined);
    assert.equal(String(status), 'ended, status not observed');
  }
});

test('an exit code of 32 bits stays whole', () => {
  assert.equal(of(0xc0000005 * 256).code, 0xc0000005);
});

test('usage comes in milliseconds and bytes, and only where it was counted', () => {
  assert.equal(of(0).usage, undefined);
  assert.deepEqual(exitStatus({ waitStatus: 0, usage }).usage, {
    userMs: 1.5,
    systemMs: 2.5,
    maxRss: 1_048_576,
    minorFaults: 1,
    majorFaults: 2,
    blocksIn: 3,
    blocksOut: 4,
    voluntarySwitches: 5,
    involuntarySwitches: 6,
  });
});

test('a status cannot be changed, and survives a structured clone', () => {
  const status = exitStatus({ waitStatus: 9, usage });
  assert.ok(status instanceof ExitStatus);
  assert.ok(Object.isFrozen(status) && Object.isFrozen(status.usage));
  const copy = structuredClone(status);
  assert.deepEqual(Object.entries(copy), Object.entries(status));
  assert.equal(copy.signal, 'SIGKILL');
  assert.equal(JSON.parse(JSON.stringify(status)).shellCode, 137);
});
