/** After a fork V8's threads stay at rest for a moment: nothing that needs them, or ends them, waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

test('forks one after the other find the threads at rest, and work in between is done', async () => {
  const { told, stderr } = await withFork(`
    // (module (func (export "f") (result i32) i32.const 42))
    const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0,
      7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11]);
    const compiled = async () =>
      (await WebAssembly.instantiate(await WebAssembly.compile(bytes))).exports.f();
    const codes = new Set();
    for (let i = 0; i < 25; i++) {
      const child = fork();
      if (child.isCurrent) {
        compiled().then((value) => process.exit(value));
        await new Promise(() => {});
      }
      if (i % 2 === 0) tell(await compiled());
      codes.add((await child.wait()).code);
    }
    tell([...codes]);
  `);
  assert.deepEqual(told, [...Array.from({ length: 13 }, () => 42), [42]], stderr);
});

const ends: [way: string, code: string, expected: number][] = [
  ['the end of the loop', '', 0],
  ['process.exit()', 'process.exit(7);', 7],
  ['process.reallyExit()', 'process.reallyExit(7);', 7],
  ['an uncaught error', 'throw new Error("on purpose");', 1],
];

for (const [way, code, expected] of ends) {
  test(`a program that has just forked ends by ${way}`, async () => {
    const { code: exitCode, stderr } = await withFork(`
      const child = fork();
      if (child.isCurrent) process.reallyExit(0);
      child.detach();
      ${code}
    `);
    assert.equal(exitCode, expected, stderr);
  });
}
