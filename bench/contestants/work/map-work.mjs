/** What is done with an item; the same for all who take part. */
export const work = {
  small: (n) => n + 1,
  /** Steps of a generator of Lehmer's, in and out of a quarter of a circle; 1 for any sensible result. */
  pi(n) {
    let state = n + 1;
    let inside = 0;
    const steps = 1 << 20;
    for (let step = 0; step < steps; step++) {
      state = (state * 48271) % 2147483647;
      const x = state / 2147483647;
      state = (state * 48271) % 2147483647;
      const y = state / 2147483647;
      if (x * x + y * y < 1) inside++;
    }
    return Math.round((4 * inside) / steps) === 3 ? 1 : 0;
  },
};

export function sumOf(results) {
  let sum = 0;
  for (const each of results) sum += each;
  return sum;
}

/** For pools that are sent their items: one batch. */
export function batch({ what, items }) {
  if (what === 'weights') return [items.reduce((sum, { weight }) => sum + weight, 0)];
  return items.map(work[what]);
}
