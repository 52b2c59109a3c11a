/** `stream PROGRAM BYTES`: reads the output chunk by chunk. */
export async function perform(way, [program, bytes]) {
  const from = performance.now();
  const got = await way.stream(program, [bytes]);
  return { ns: (performance.now() - from) * 1e6, bytes: got };
}
