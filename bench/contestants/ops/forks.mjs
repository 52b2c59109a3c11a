/** `forks COUNT`: a process (or thread) that has this program's code and ends, one after the other. */
export async function perform(way, [count]) {
  const from = performance.now();
  for (let left = Number(count); left > 0; left--) await way.forkAndWait();
  return { ns: (performance.now() - from) * 1e6 };
}
