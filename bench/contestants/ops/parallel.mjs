/** `parallel BATCHES SIZE`: starts SIZE at once, waits for all of them, BATCHES times. */
export async function perform(way, [batches, size]) {
  const from = performance.now();
  for (let left = Number(batches); left > 0; left--) {
    await Promise.all(Array.from({ length: Number(size) }, () => way.startAndWait()));
  }
  return { ns: (performance.now() - from) * 1e6 };
}
