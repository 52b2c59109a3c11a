import { availableParallelism } from 'node:os';

import { Tinypool } from 'tinypool';

import { sumOf } from './map-work.mjs';

/** Batches by hand: as many as are good for it, but at least four for each worker. */
export function mapOver(runtime) {
  const workers = availableParallelism();
  const filename = new URL('map-work.mjs', import.meta.url).href;
  const pool = new Tinypool({ filename, runtime, minThreads: workers, maxThreads: workers });
  const mapSum = async (what, items) => {
    const size = Math.ceil(items.length / (workers * 4));
    const batches = [];
    for (let from = 0; from < items.length; from += size) {
      batches.push(pool.run({ what, items: items.slice(from, from + size) }, { name: 'batch' }));
    }
    return (await Promise.all(batches)).reduce((sum, each) => sum + sumOf(each), 0);
  };
  // What a worker does not have has to be sent.
  return { mapSum, sumTable: (table) => mapSum('weights', table) };
}
