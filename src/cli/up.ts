/** `brood up`: the services of a project, looked after until they are stopped. */
import { realpathSync } from 'node:fs';

import { type Command, InvalidArgumentError } from 'commander';

import { Misuse } from './failure.ts';
import { examples } from './show/examples.ts';
import type { LoadedConfig } from './up/config-file.ts';

interface UpFlags {
  readonly file?: string;
  readonly scale: Readonly<Record<string, number>>;
  readonly envFile?: string;
  readonly watch?: true;
  readonly json?: true;
  readonly check?: true;
}

/** `worker=3`, collected. */
export function parseScale(
  text: string,
  before: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const [, name, count] = /^([^=]+)=(\d{1,4})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Give NAME=NUMBER, as in worker=3.');
  return { ...before, [name]: Number(count) };
}

async function up(names: readonly string[], flags: UpFlags): Promise<number> {
  // Only here: other commands do without the libraries that read configurations.
  const { findConfig, loadConfig } = await import('./up/config-file.ts');
  const { supervisorOptions } = await import('./up/services.ts');
  const { explained } = await import('./up/explain.ts');
  const { runSession } = await import('./up/session.ts');
  const loaded = await loadConfig(findConfig(flags.file, process.cwd()));
  const { scale, envFile, json } = flags;
  const options = supervisorOptions(loaded, { names, scale, envFile, json });
  const check = flags.check === true;
  return explained(loaded, options, async () => {
    if (check) return 0;
    return runSession({
      options,
      project: realpathSync(loaded.folder),
      json: json === true,
      watched: flags.watch === true ? await watchedBy(loaded, options.children) : [],
    });
  });
}

async function watchedBy(
  loaded: LoadedConfig,
  children: readonly { readonly name: string }[],
): Promise<{ name: string; paths: string[] }[]> {
  const { watchedPaths } = await import('./up/services.ts');
  return children.map(({ name }) => ({
    name,
    paths: watchedPaths(loaded, name) ?? [loaded.folder],
  }));
}

/** Adds `brood up`. */
export function addUp(program: Command): void {
  const command = program
    .command('up')
    .summary('run the services of a project, and look after them')
    .description(
      'Runs the services of brood.config.{ts,mts,js,mjs,json,yaml,yml} or of a Procfile, in the order of what they need, with their output by name. It restarts those that fail, and ends when all have ended or it is told to (Ctrl-C: they are asked to end; again: by force), with the exit code of the first that failed for good, or 0. Nothing that came from them is left then. A file .env beside the configuration is read; what is in the environment already stands.',
    )
    .argument('[service...]', 'only those, and what they need')
    .option('-f, --file <file>', 'the configuration or Procfile')
    .option('--scale <service=number>', 'so many of that one; may be given again', parseScale, {})
    .option('--env-file <file>', 'instead of .env')
    .option('--watch', 'start services again when files change')
    .option('--check', 'say what is wrong with the configuration, and start nothing')
    .option('--json', 'output and events as lines of JSON');
  examples(command, [
    ['brood up', 'all services of this project'],
    ['brood up api worker --scale worker=3', 'some of them, and several of one'],
    ['brood up --watch', 'start them again when a file changes'],
    ['brood up --check', 'is the configuration right?'],
  ]);
  command.action(async (names: string[], flags: UpFlags) => {
    if (names.includes('')) throw new Misuse('the name of a service is empty');
    process.exitCode = await up(names, flags);
  });
}
