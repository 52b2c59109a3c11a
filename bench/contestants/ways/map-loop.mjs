import { sumOf, work } from '../work/map-work.mjs';

/** No pool at all. */
export async function mapSum(what, items) {
  return sumOf(items.map(work[what]));
}
