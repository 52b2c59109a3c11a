/** Files of NAME=value lines. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

import { Misuse } from '../failure.ts';

/** What stands in them, the later ones winning. @throws Misuse for one that cannot be read. */
export function readEnvFiles(
  files: string | readonly string[] | undefined,
  folder: string,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const file of typeof files === 'string' ? [files] : (files ?? [])) {
    Object.assign(variables, readOne(resolve(folder, file), file));
  }
  return variables;
}

/** The same of a file that needs not be there. */
export function readOptionalEnvFile(file: string, folder: string): Record<string, string> {
  try {
    return parse(resolve(folder, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw refusal(file, error);
  }
}

function readOne(path: string, file: string): Record<string, string> {
  try {
    return parse(path);
  } catch (error) {
    throw refusal(file, error);
  }
}

function parse(path: string): Record<string, string> {
  return parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;
}

function refusal(file: string, error: unknown): Misuse {
  const why = error instanceof Error ? error.message : String(error);
  return new Misuse(`the file ${file} cannot be read: ${why}`, 'Nothing was started.');
}
