/** `stages PROGRAM BYTES`: PROGRAM | cat | wc -c, with the CPU time of this process, all threads. */
export async function perform(way, [program, bytes]) {
  const from = performance.now();
  const before = process.cpuUsage();
  const printed = await way.threeStages([[program, bytes], ['cat'], ['wc', '-c']]);
  const { user, system } = process.cpuUsage(before);
  return {
    ns: (performance.now() - from) * 1e6,
    cpuNs: (user + system) * 1000,
    bytes: Number(printed),
  };
}
