/**
 * Each file is checked in a process of its own, which can neither see nor spoil the others; all of them
 * have the compiler, which takes the better part of a second to import, from the start.
 *
 * `node type-check.ts FILE…`; without files, two that it writes itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { task } from 'brood';

/** Runs in the process of the task, where nothing but its arguments is known. */
async function check(file: string): Promise<string[]> {
  const { default: ts } = await import('typescript-5');
  const program = ts.createProgram([file], { strict: true, noEmit: true, skipLibCheck: true });
  return ts.getPreEmitDiagnostics(program).map(({ file: where, start = 0, messageText }) => {
    const line = (where?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
    return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

async function samples(folder: string): Promise<string[]> {
  const good = join(folder, 'good.ts');
  const bad = join(folder, 'bad.ts');
  await writeFile(good, 'export const answer: number = 42;\n');
  await writeFile(bad, 'export const one: number = 1;\nexport const two: number = "2";\n');
  return [good, bad];
}

const folder = await mkdtemp(join(tmpdir(), 'type-check-'));
const given = process.argv.slice(2);
const files = given.length > 0 ? given : await samples(folder);

const compiler = import.meta.resolve('typescript-5');
const checker = task.with({ method: 'forkserver', preload: [compiler], timeout: 60_000 });
await using server = await checker.prepare();
void server;
for (const file of files) {
  const begun = performance.now();
  const t = await checker(check, file);
  const found = await t.result;
  const status = await t.wait();
  const ms = Math.round(performance.now() - begun);
  console.log(
    `${file}: ${found.length} errors, ${ms} ms in process ${t.pid} (${status.toString()})`,
  );
  for (const each of found) console.log(`  ${each}`);
}
await rm(folder, { recursive: true });
