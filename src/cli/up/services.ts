/** From a configuration and the command line to what a supervisor is given. */
import { resolve } from 'node:path';

import type { ChildSpec, SupervisorOptions } from '../../supervise.ts';
import { Misuse } from '../failure.ts';
import type { LoadedConfig } from './config-file.ts';
import { readEnvFiles, readOptionalEnvFile } from './env-file.ts';
import type { Config, ServiceConfig } from './schema.ts';

/** What the command line says of services. */
export interface Choice {
  /** Only those, and what they need; all if there is none. */
  readonly names: readonly string[];
  readonly scale: Readonly<Record<string, number>>;
  readonly envFile?: string | undefined;
  readonly json?: true | undefined;
}

/** Where the PORT of the services of a Procfile begins, and how far they are apart, as with foreman. */
const firstPort = 5000;
const portStep = 100;

/** The options. @throws Misuse for a service that is not there. */
export function supervisorOptions(loaded: LoadedConfig, choice: Choice): SupervisorOptions {
  const { config, folder } = loaded;
  const all = Object.keys(config.services);
  for (const name of [...choice.names, ...Object.keys(choice.scale)]) {
    if (!all.includes(name)) {
      throw new Misuse(
        `there is no service ${name} in ${loaded.file}`,
        `There are: ${all.join(', ')}.`,
      );
    }
  }
  const names = choice.names.length === 0 ? all : neededBy(choice.names, config);
  const general = {
    ...generalFile(choice, folder),
    ...readEnvFiles(config.envFile, folder),
    ...definedOnly(process.env),
  };
  const children = all
    .filter((name) => names.includes(name))
    .map((name) => {
      const service = config.services[name] as ServiceConfig;
      const port = { PORT: String(firstPort + portStep * all.indexOf(name)) };
      const base = loaded.file.includes('Procfile') ? { ...port, ...general } : general;
      return childOf(name, service, { folder, base, count: choice.scale[name] });
    });
  const { services: _, envFile: __, log, ...rest } = config;
  const given = log === false ? undefined : log;
  const shown = choice.json === true ? { ...given, format: 'json' as const } : given;
  return {
    ...rest,
    log: log === false ? false : inFolder(shown ?? {}, folder),
    children,
  };
}

/** The folders and files at whose change a service is started again. */
export function watchedPaths({ config, folder }: LoadedConfig, name: string): string[] | undefined {
  const watch = config.services[name]?.watch;
  if (watch === undefined) return undefined;
  return (typeof watch === 'string' ? [watch] : watch).map((path) => resolve(folder, path));
}

interface Around {
  readonly folder: string;
  readonly base: Readonly<Record<string, string>>;
  readonly count: number | undefined;
}

function childOf(name: string, service: ServiceConfig, around: Around): ChildSpec {
  const { env, envFile, watch: _, log, cwd, ...same } = service;
  const { folder, base, count } = around;
  const own = Object.entries(env ?? {}).map(([key, value]) => [key, String(value)] as const);
  return {
    ...same,
    name,
    cwd: resolve(folder, cwd ?? '.'),
    env: { ...base, ...readEnvFiles(envFile, folder), ...Object.fromEntries(own) },
    ...(count === undefined ? undefined : { instances: count }),
    ...(log === undefined ? undefined : { log: log === false ? false : inFolder(log, folder) }),
  };
}

function inFolder<T extends { file?: string | undefined }>(log: T, folder: string): T {
  return log.file === undefined ? log : { ...log, file: resolve(folder, log.file) };
}

function generalFile({ envFile }: Choice, folder: string): Record<string, string> {
  if (envFile === undefined) return readOptionalEnvFile('.env', folder);
  return readEnvFiles(envFile, folder);
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

function neededBy(names: readonly string[], { services }: Config): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const needed of services[name]?.dependsOn ?? []) add(needed);
  };
  for (const name of names) add(name);
  return [...found];
}
