// A contestant in JavaScript, for Node, Bun and Deno: `serve.mjs WAY`. Reads one command a line, carries
// it out by the functions of ways/WAY.mjs, and answers with one line of JSON. It lives through the whole
// measurement, so that neither its start nor its first, cold calls are measured.
import process from 'node:process';
import { createInterface } from 'node:readline';

async function answerTo(way, line) {
  const [name, ...words] = line.split(' ');
  try {
    const { perform } = await import(`./ops/${name}.mjs`);
    return await perform(way, words);
  } catch (error) {
    return { error: error instanceof Error ? error.stack : String(error) };
  }
}

async function serve() {
  const way = await import(`./ways/${process.argv[2]}.mjs`);
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await answerTo(way, line);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

await serve();
