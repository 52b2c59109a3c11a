/** `tasks COUNT`: one after the other; each result is checked. */
export async function perform(way, [count]) {
  const from = performance.now();
  for (let n = 0; n < Number(count); n++) {
    const result = await way.runTask(n);
    if (result !== n + 1) throw new Error(`${n} became ${result}`);
  }
  return { ns: (performance.now() - from) * 1e6 };
}
