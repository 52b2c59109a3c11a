/** A function of a module in a fresh Node, with bounds; what is large is not copied on its way. */
import { randomFillSync } from 'node:crypto';

import { task } from 'brood';

const page = randomFillSync(new Uint8Array(1_000_000));
const input = Buffer.concat(Array.from({ length: 16 }, () => page));

await using t = await task
  .with({ method: 'spawn', timeout: 60_000, limits: { openFiles: 256, coreSize: 0 } })
  .module<typeof import('node:zlib'), 'brotliCompressSync'>(
    'node:zlib',
    'brotliCompressSync',
    input,
    {
      params: { 0: 0, 1: 1, 2: 24 },
    },
  );
const packed = await t.result;
const { usage } = await t.wait();
console.log(packed.length < 2_000_000, `${input.length} bytes became ${packed.length}`);
console.log(`the other process used ${Math.round(usage?.userMs ?? 0)} ms of a processor`);
