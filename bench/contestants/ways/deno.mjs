const { Deno } = globalThis;

function check(status) {
  if (!status.success) throw new Error(`exit code ${status.code}`);
}

/** Starts /bin/true and waits for it. */
export async function startAndWait() {
  const options = { stdin: 'null', stdout: 'null', stderr: 'null' };
  check(await new Deno.Command('/bin/true', options).spawn().status);
}

/** Reads what a program writes, chunk by chunk, and keeps none of it. */
export async function stream(program, args) {
  const options = { args, stdin: 'null', stdout: 'piped', stderr: 'null' };
  const child = new Deno.Command(program, options).spawn();
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  check(await child.status);
  return bytes;
}

/** Has all that a program writes in one piece. */
export async function whole(program, args) {
  const options = { args, stdin: 'null', stdout: 'piped', stderr: 'null' };
  const output = await new Deno.Command(program, options).output();
  check(output);
  return output.stdout.length;
}
