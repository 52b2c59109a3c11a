import { hold, readAll } from '../holding.mjs';
import { memoryOf } from '../proc.mjs';

/**
 * `family COUNT OBJECTS BUFFERS`: as many children that have read so many MiB of each; answers with the
 * memory of parent and children, each page divided by those that have it.
 */
export async function perform(way, [count, ...megabytes]) {
  const held = megabytes.map(Number);
  // A parent whose children are copies need not hold it itself.
  if (way.sharesMemory) hold(...held);
  globalThis.gc();
  const family = await way.family(Number(count), { held, readAll });
  // In a child, which goes on for as long as it is let.
  if (family === undefined) return new Promise(() => {});
  const bytes = [process.pid, ...family.pids].map((pid) => memoryOf(pid, 'smaps_rollup', 'Pss'));
  await family.stop();
  return { bytes: bytes.reduce((sum, each) => sum + each) };
}
