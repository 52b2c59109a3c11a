/** `brood status`, `logs`, `start`, `restart`, `reload`, `stop`, `scale`: what is said to `brood up`. */
import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { Command } from 'commander';

import { Misuse } from './failure.ts';
import { examples } from './show/examples.ts';
import { parseScale } from './up.ts';
import { ask, type Request } from './up/control/client.ts';

/** Where the `brood up` is that is meant. */
export interface Where {
  readonly file?: string;
}

/** The folder of the project: that of the file, or this one. */
export function projectOf({ file }: Where): string {
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  try {
    return realpathSync(folder);
  } catch {
    throw new Misuse(`there is no folder ${folder}`);
  }
}

/** The option that all of them have. */
export function addWhere(command: Command): Command {
  return command.option('-f, --file <file>', 'the file that brood up was given, if it was');
}

interface Plain {
  readonly name: 'start' | 'stop' | 'restart' | 'reload';
  readonly summary: string;
  readonly description: string;
  readonly operand: string;
  readonly example: readonly [string, string];
}

const plain: readonly Plain[] = [
  {
    name: 'start',
    summary: 'start services that have ended or were stopped',
    description:
      'Starts services of the brood up in this folder that do not run, and what they need; waits until they are ready.',
    operand: 'as in api, or api.2 for one instance; all without it',
    example: ['brood start worker', 'the workers, all instances'],
  },
  {
    name: 'stop',
    summary: 'stop services, or brood up',
    description:
      'Stops services of the brood up in this folder, and waits until nothing is left of them; without a name it stops all, and brood up ends.',
    operand: 'as in api, or api.2 for one instance; brood up itself without it',
    example: ['brood stop', 'everything'],
  },
  {
    name: 'restart',
    summary: 'stop services and start them again',
    description:
      'Stops services of the brood up in this folder and starts them again; waits until they are ready.',
    operand: 'as in api, or api.2 for one instance; all without it',
    example: ['brood restart api', 'one service'],
  },
  {
    name: 'reload',
    summary: 'replace services by new ones, without a gap',
    description:
      'Starts a new process for each instance, with the same listening sockets, and stops the old one when the new one is ready. If that does not come to be ready, the old one goes on.',
    operand: 'as in api, or api.2 for one instance; all without it',
    example: ['brood reload web', 'a new version, and no request fails'],
  },
];

async function send(where: Where, request: Request): Promise<void> {
  await ask(projectOf(where), request);
}

function addPlain(program: Command, { name, summary, description, operand, example }: Plain): void {
  const command = program.command(name).summary(summary).description(description);
  addWhere(command.argument('[service...]', operand));
  examples(command, [example]);
  command.action((names: string[], where: Where) => send(where, { do: name, names }));
}

function addScale(program: Command): void {
  const command = program
    .command('scale')
    .summary('run more or fewer instances of services')
    .description(
      'Runs so many instances of services of the brood up in this folder; waits until they are ready, or have been stopped.',
    )
    .argument('<service=number...>', 'as in worker=3', parseScale);
  addWhere(command);
  examples(command, [['brood scale worker=3 mailer=0', 'three workers, and no mailer']]);
  command.action((scale: Record<string, number>, where: Where) =>
    send(where, { do: 'scale', scale }),
  );
}

/** Adds them. */
export function addControls(program: Command): void {
  for (const each of plain) addPlain(program, each);
  addScale(program);
}
