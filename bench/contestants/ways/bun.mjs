const { Bun } = globalThis;

async function success(child) {
  const code = await child.exited;
  if (code !== 0) throw new Error(`exit code ${code}`);
}

function reading(program, args) {
  return Bun.spawn([program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Starts /bin/true and waits for it. */
export function startAndWait() {
  return success(Bun.spawn(['/bin/true'], { stdio: ['ignore', 'ignore', 'ignore'] }));
}

/** Reads what a program writes, chunk by chunk, and keeps none of it. */
export async function stream(program, args) {
  const child = reading(program, args);
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  await success(child);
  return bytes;
}

/** Has all that a program writes in one piece. */
export async function whole(program, args) {
  const child = reading(program, args);
  const bytes = await child.stdout.bytes();
  await success(child);
  return bytes.length;
}
