/** `state MIB`: the weights of all rows of a table that is in memory already, summed in slices. */
import { tableOf } from '../work/state.mjs';

let table;

export async function perform(way, [mebibytes]) {
  table ??= tableOf(Number(mebibytes));
  const from = performance.now();
  const sum = await way.sumTable(table);
  const ns = (performance.now() - from) * 1e6;
  let expected = 0;
  for (const { weight } of table) expected += weight;
  if (sum !== expected) throw new Error(`${sum} is not ${expected}`);
  return { ns, ownNs: 0 };
}
