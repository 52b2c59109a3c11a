import { readdirSync, readFileSync } from 'node:fs';

import { memoryOf } from '../proc.mjs';

/** How many workers each pool has. */
const size = 2;

let pool;

/** Started, and each worker has worked, before anything is measured. */
async function opened(way) {
  if (pool !== undefined) return pool;
  pool = await way.open(size);
  await Promise.all(Array.from({ length: 200 }, (_, n) => pool.run('same', n)));
  return pool;
}

async function one(run, name, value) {
  const result = await run(name, value);
  if (name === 'same' && result !== value) throw new Error(`${value} became ${result}`);
  if (name === 'factorial' && result !== 2568) throw new Error(`${result} digits`);
  if (name === 'echo' && result !== value) throw new Error('it came back as something else');
}

const kinds = {
  /** One after the other. */
  async series({ run }, count) {
    for (let n = 0; n < count; n++) await one(run, 'same', n);
  },
  /** All at once. */
  burst: ({ run }, count) =>
    Promise.all(Array.from({ length: count }, (_, n) => one(run, 'same', n))),
  /** All at once, each with something to compute. */
  factorials: ({ run }, count) =>
    Promise.all(Array.from({ length: count }, () => one(run, 'factorial', 1000))),
  /** One after the other, so many KiB there and back. */
  async echo({ run }, count, kibibytes) {
    // Some pools send JSON, which has no bytes.
    const text = 'brood'.repeat((kibibytes * 1024) / 5);
    for (let n = 0; n < count; n++) await one(run, 'echo', text);
  },
};

/**
 * `pool KIND COUNT [KIB]`; `pool start COUNT`: a pool until its first result; `pool memory SIZE`: what each
 * worker takes, pages that are shared divided by those that have them.
 */
export async function perform(way, [kind, count, kibibytes]) {
  if (kind === 'start') return starts(way, Number(count));
  if (kind === 'memory') return memory(way, Number(count));
  const ready = await opened(way);
  const from = performance.now();
  await kinds[kind](ready, Number(count), Number(kibibytes));
  return { ns: ((performance.now() - from) * 1e6) / Number(count) };
}

async function starts(way, count) {
  let ns = 0;
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    const fresh = await way.open(size);
    await one(fresh.run, 'same', n);
    ns += (performance.now() - from) * 1e6;
    await fresh.close();
  }
  return { ns: ns / count };
}

async function memory(way, workers) {
  globalThis.gc();
  const before = memoryOf(process.pid, 'smaps_rollup', 'Pss');
  const fresh = await way.open(workers);
  await Promise.all(Array.from({ length: workers * 50 }, () => one(fresh.run, 'factorial', 1000)));
  const all = [process.pid, ...descendantsOf(process.pid)];
  const after = all.reduce((sum, pid) => sum + memoryOf(pid, 'smaps_rollup', 'Pss'), 0);
  await fresh.close();
  return { bytes: (after - before) / workers };
}

function descendantsOf(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.concat(children.flatMap(descendantsOf));
}
