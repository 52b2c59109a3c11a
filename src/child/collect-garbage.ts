/** What a process does before others are forked from it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Twice: what is garbage now would be copied by each child that collects it. What was compiled is kept
 * meanwhile, or each child would compile it.
 */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--no-flush-bytecode');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  for (let i = 0; i < 2; i++) {
    collect();
    // What is swept in the background is done before it is left behind.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  setFlagsFromString('--flush-bytecode');
}
