/** `sequence COUNT`: starts and waits, one after the other. */
export async function perform(way, [count]) {
  const from = performance.now();
  for (let left = Number(count); left > 0; left--) await way.startAndWait();
  return { ns: (performance.now() - from) * 1e6 };
}
