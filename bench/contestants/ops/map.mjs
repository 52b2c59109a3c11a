/** `map WHAT`: a function over many items; the sum of the results is checked. */
export async function perform(way, [what, size]) {
  const { items, expected } = (prepared[what] ??= prepare[what](Number(size)));
  const cpu = process.cpuUsage();
  const from = performance.now();
  const sum = await way.mapSum(what, items);
  const ns = (performance.now() - from) * 1e6;
  const { user, system } = process.cpuUsage(cpu);
  if (sum !== expected) throw new Error(`${what}: ${sum} is not ${expected}`);
  return { ns, ownNs: (user + system) * 1000 };
}

const prepared = {};

const prepare = {
  /** A million small items: n + 1. */
  small(count) {
    const items = Array.from({ length: count }, (_, n) => n);
    return { items, expected: (count * (count + 1)) / 2 };
  },
  /** Few items with much to compute: how often a walk of 2^20 steps is inside. */
  pi(count) {
    return { items: Array.from({ length: count }, (_, n) => n), expected: count };
  },
};
