/** Finds and reads what is to be run: a configuration, or a Procfile. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Misuse } from '../failure.ts';
import { parseText } from './document.ts';
import { parseProcfile } from './procfile.ts';
import { checkConfig, type Config, type Flaw } from './schema.ts';

/** A configuration, and where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file as it is named in messages. */
  readonly file: string;
  /** The folder of the project: of the file. */
  readonly folder: string;
  /** `file:line` of a field, or `file` where lines are not known. */
  readonly place: (path: readonly (string | number)[]) => string;
}

/** In the order in which they are looked for. */
const names = [
  ...['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((ending) => `brood.config.${ending}`),
  'Procfile',
];

const nothing = 'Nothing was started.';

/** The file that is meant. @throws Misuse where there is none. */
export function findConfig(given: string | undefined, folder: string): string {
  if (given !== undefined) {
    const path = resolve(folder, given);
    if (!existsSync(path)) throw new Misuse(`there is no file ${given}`, nothing);
    return path;
  }
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Misuse(`there is no Procfile and no brood.config.* in ${folder}`, nothing);
}

/** Reads it. @throws Misuse that names file, line and field of all that is wrong. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const file = basename(path);
  const folder = dirname(path);
  const ending = extname(path);
  if (['.json', '.yaml', '.yml'].includes(ending)) {
    const { value, line } = parseText(readFileSync(path, 'utf8'), file);
    const place = (at: readonly (string | number)[]): string => `${file}:${line(at)}`;
    return { config: checked(value, place), file, folder, place };
  }
  const place = (): string => file;
  if (/^\.[cm]?[jt]s$/.test(ending)) {
    return { config: checked(await importFile(path, file), place), file, folder, place };
  }
  return { config: parseProcfile(readFileSync(path, 'utf8'), file), file, folder, place };
}

function checked(value: unknown, place: LoadedConfig['place']): Config {
  const result = checkConfig(value);
  if (!Array.isArray(result)) return result as Config;
  const flaws = result as readonly Flaw[];
  const lines = flaws.map(({ path, message }) => {
    return `${place(path)}: ${path.length === 0 ? 'it' : path.join('.')} ${message}`;
  });
  throw new Misuse(lines.join('\nbrood: '), nothing);
}

async function importFile(path: string, file: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    const module = (await (needsHelp(path) ? importTypeScript(path) : import(url))) as {
      default?: unknown;
    };
    if (module.default !== undefined) return module.default;
  } catch (error) {
    if (isMissingPackage(error)) throw error;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Misuse(`${file} cannot be imported: ${why}`, nothing);
  }
  throw new Misuse(`${file} must export the configuration as default`, nothing);
}

/** Whether this Node does not take types away by itself: before 22.18. */
function needsHelp(path: string): boolean {
  const features = process.features as { typescript?: unknown };
  return /\.[cm]?ts$/.test(path) && !features.typescript;
}

async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url).import(path);
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Cannot find package 'jiti'");
}
