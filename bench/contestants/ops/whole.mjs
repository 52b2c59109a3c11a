/** `whole PROGRAM BYTES`: has the output in one piece of memory. */
export async function perform(way, [program, bytes]) {
  globalThis.gc?.();
  const from = performance.now();
  const got = await way.whole(program, [bytes]);
  return { ns: (performance.now() - from) * 1e6, bytes: got };
}
