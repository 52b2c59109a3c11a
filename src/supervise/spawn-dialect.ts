/** What the programs of children are given where nothing is said: no input, and pipes to us. */
import { spawnOptionNames, type Dialect } from '../create/spawn-options.ts';

/** See {@link Dialect}. */
export const childDialect: Dialect = {
  names: new Set(spawnOptionNames),
  stdin: 'ignore',
  others: 'pipe',
};
