/**
 * A Monte Carlo simulation on all processors: the table is inherited, not sent, and all processes count in
 * one histogram in shared memory.
 */
import { forEach } from 'brood/pool';
import { SharedMemory } from 'brood/shared';

const days = 250;
const walks = 20_000;
const bins = 20;

// What a day may bring, from the past: a large table in real life.
const moves = Float64Array.from({ length: 100_000 }, (_, n) => Math.sin(n) * 0.02 + 0.0004);

using memory = new SharedMemory(bins * Int32Array.BYTES_PER_ELEMENT);
const histogram = new Int32Array(memory.buffer);

await forEach({ length: walks }, () => {
  let value = 1;
  for (let day = 0; day < days; day++) {
    value *= 1 + moves[Math.floor(Math.random() * moves.length)]!;
  }
  const bin = Math.min(bins - 1, Math.floor(value * 10));
  Atomics.add(histogram, bin, 1);
});

for (const [bin, count] of histogram.entries()) {
  if (count < walks / 200) continue;
  console.log(
    `${(bin / 10).toFixed(1)}  ${'#'.repeat(Math.ceil((count * 200) / walks))}  ${count}`,
  );
}
const counted = histogram.reduce((sum, count) => sum + count, 0);
console.log(`${counted === walks ? 'all' : counted} of ${walks} walks`);
