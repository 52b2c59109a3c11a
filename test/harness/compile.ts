/** Compiles TypeScript as a user of the package would have it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

import { root } from './root.ts';

/** What the compiler said, and where its output is. */
export interface Compiled {
  /** Empty: no error. */
  readonly errors: string;
  /** The folder of the compiled files, named like their sources with `.js`. */
  readonly folder: string;
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: false,
  types: ['node'],
  outDir: 'out',
  rootDir: '.',
  noEmitOnError: true,
};

/**
 * Compiles the sources, all in one run of the compiler, in a folder below the package, so that
 * 'brood' is the built package by self-reference. The folder is removed after the test.
 */
export async function compile(
  t: TestContext,
  sources: ReadonlyMap<string, string>,
): Promise<Compiled> {
  await mkdir(join(root, 'build'), { recursive: true });
  const folder = await mkdtemp(join(root, 'build/compile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  for (const [name, text] of sources) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const errors = await new Promise<string>((resolve) => {
    const done = (error: Error | null, stdout: string, stderr: string): void =>
      resolve(error === null ? '' : `${stdout}${stderr}` || error.message);
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], done);
  });
  return { errors, folder: join(folder, 'out') };
}
