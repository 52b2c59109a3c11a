/** What a program has to do before it ends: once each, the last registered first. */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';

import { invalidType } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import { stopChildrenAtExit } from './cleanup.ts';

interface Exitor {
  readonly run: () => void;
}

const registered: Exitor[] = [];
let armed = false;

/** The last thing that process.exit() calls; not in the types of Node. */
const node = process as unknown as { reallyExit?: (code: number) => never };
// An exitor is run once, by the program that registered it.
atFork((inChild, clean) => {
  if (inChild && registered.length > 0) registered.length = 0;
  // Ours was among the listeners.
  if (inChild && clean) armed = false;
});

/** Registers an exitor; gives what unregisters it. */
export function onExit(run: () => void): () => void {
  if (typeof run !== 'function') throw invalidType('exitor', 'a function', run);
  const exitor: Exitor = { run };
  registered.push(exitor);
  armExit();
  return () => {
    const at = registered.indexOf(exitor);
    if (at >= 0) registered.splice(at, 1);
  };
}

/**
 * From now on the end of the program is looked after. Put before other listeners of 'exit': those may
 * end the program by throwing.
 */
export function armExit(): void {
  if (armed) return;
  armed = true;
  process.prependListener('exit', (code) => {
    const { reallyExit } = node;
    // Node tells of the end once: an exitor that calls process.exit() would cut off all the rest.
    if (reallyExit !== undefined) {
      node.reallyExit = (asked) => reallyExit.call(process, finish(asked));
    }
    if (finish(code) !== code) process.exitCode = 1;
    if (reallyExit !== undefined) node.reallyExit = reallyExit;
  });
}

/** Does what is left to do; gives the exit code after that. */
function finish(code: number): number {
  const fine = runExitors();
  stopChildrenAtExit();
  return !fine && code === 0 ? 1 : code;
}

/** Runs what is registered. One that throws is shown and does not stop the others: false then. */
export function runExitors(): boolean {
  let fine = true;
  for (;;) {
    // Taken out before it runs: an exitor that calls exit() goes on with the next one.
    const exitor = registered.pop();
    if (exitor === undefined) return fine;
    try {
      exitor.run();
    } catch (error) {
      fine = false;
      tell(`An exitor failed: ${inspect(error)}`);
    }
  }
}

/** Writes a line to standard error before going on; nothing is done about it if that fails. */
export function tell(line: string): void {
  let bytes: Uint8Array = Buffer.from(`${line}\n`);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(2, bytes));
  } catch {
    // Closed, or a full pipe that does not block: the program ends in any case.
  }
}
