/** What every forked child runs at its end, compiled once in the parent and not by each of them. */

/** Thrown instead of the end of the program. */
const notYet = new Error('not yet');

/**
 * Nothing of it is seen from outside but a listener for an event that nobody emits, which comes and goes.
 * Node 20 compiles half a millisecond long otherwise, in every child.
 */
export function compileEnd(): void {
  const nothing = Symbol('brood.fork');
  process.on(nothing, nobody);
  process.off(nothing, nobody);
  // oxlint-disable-next-line typescript/unbound-method -- only its source is looked at
  if (isNodes(process.exit) && !Object.hasOwn(process, 'off')) compileExit();
}

function nobody(): void {}

/** A program may have put something else there; to call that could do anything. */
function isNodes(exit: unknown): boolean {
  const source = Function.prototype.toString.call(exit);
  return (
    source.startsWith('function exit(code) {') &&
    source.includes('process.reallyExit(process.exitCode || kNoFailure)')
  );
}

/** Node's own note that the end has begun: nobody is told of it then. */
const exiting = '_exiting';

type Insides = { off?: unknown; reallyExit: unknown; [exiting]: unknown };

/** Calls process.exit() with everything that it would do taken away. */
function compileExit(): void {
  const node = process as unknown as Insides;
  const { reallyExit, [exiting]: before } = node;
  // Node 20 takes a listener of its own away here, which the parent still needs.
  Object.defineProperty(process, 'off', { value: () => process, configurable: true });
  node.reallyExit = () => {
    throw notYet;
  };
  node[exiting] = true;
  try {
    process.exit();
  } catch (error) {
    if (error !== notYet) throw error;
  } finally {
    node[exiting] = before;
    node.reallyExit = reallyExit;
    delete node.off;
  }
}
