import { map } from 'brood/pool';

import { sumOf, work } from '../work/map-work.mjs';

export async function mapSum(what, items) {
  return sumOf(await map(items, work[what]).toArray());
}

/** The table is inherited. */
export async function sumTable(table) {
  const slices = 16;
  const size = Math.ceil(table.length / slices);
  const sums = await map({ length: slices }, (_, slice) => {
    let sum = 0;
    for (const { weight } of table.slice(slice * size, (slice + 1) * size)) sum += weight;
    return sum;
  }).toArray();
  return sumOf(sums);
}
