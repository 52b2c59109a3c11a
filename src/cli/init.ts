/** `brood init`: becomes brood-init, which does what PID 1 has to do for a program. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import { type SignalDescription, SpawnError, type SignalName } from '../index.ts';
import { init } from '../init.ts';
import { codeOfFailedStart, complain } from './failure.ts';
import { examples } from './show/examples.ts';
import { parseDuration } from './values/duration.ts';
import { integerFrom } from './values/number.ts';
import { parseSignal } from './values/signal.ts';

type Rewrites = Readonly<Partial<Record<SignalName, SignalName | number>>>;

interface InitFlags {
  readonly group?: true;
  readonly rewrite?: Rewrites;
  readonly expectZero?: readonly number[];
  readonly grace: number;
  readonly fd?: readonly number[];
  readonly deathsig?: SignalDescription;
}

function addRewrite(text: string, before: Rewrites | undefined): Rewrites {
  const [from, to, ...more] = text.split(':');
  if (from === undefined || to === undefined || more.length > 0) {
    throw new InvalidArgumentError('Give FROM:TO, as in TERM:QUIT.');
  }
  return { ...before, [parseSignal(from).name]: to === '0' ? 0 : parseSignal(to).name };
}

function addCode(text: string, before: readonly number[] | undefined): number[] {
  return [...(before ?? []), integerFrom(0, 255)(text)];
}

function addDescriptor(text: string, before: readonly number[] | undefined): number[] {
  return [...(before ?? []), integerFrom(3, 0x7fff_ffff)(text)];
}

/** Adds `brood init`. */
export function addInit(program: Command): void {
  const command = program
    .command('init')
    .usage('[options] [--] <program> [args...]')
    .summary('run a program as PID 1 should')
    .description(
      'Becomes brood-init, a native program of less than a megabyte, which runs the program, reaps every orphan (as a subreaper where it is not PID 1), passes signals on, and ends as the program did: with its exit code, 128 + the number of the signal that killed it, 126 if it cannot be executed, 127 if there is no such program. In an image, brood-init itself makes the better entry point: then nothing waits for Node to start.',
    )
    .argument('<program>', 'a name to look for in PATH, or a path')
    .argument('[args...]', 'given to it as they are')
    .passThroughOptions()
    .option('-g, --group', 'signals go to the whole process group of the program')
    .option('-r, --rewrite <from:to>', 'pass TO on for FROM; 0 drops it (repeatable)', addRewrite)
    .option(
      '-e, --expect-zero <code>',
      'end with 0 if the program ends with it (repeatable)',
      addCode,
    )
    .option(
      '-f, --fd <number>',
      'a descriptor above 2 that it is to have (repeatable)',
      addDescriptor,
    )
    .addOption(
      new Option('-t, --grace <time>', 'from TERM to KILL for what is left at its end')
        .argParser(parseDuration)
        .default(5000, '5s'),
    )
    .option(
      '-d, --deathsig <signal>',
      'sent to this when its parent dies, and to the program when this dies',
      parseSignal,
    );
  examples(command, [
    ['brood init -- node server.js', 'the last line of a Dockerfile, as ["brood", "init", …]'],
    ['brood init --rewrite TERM:QUIT --grace 30s -- nginx', 'let it finish what it serves'],
    ['brood init -d KILL -- ./job', 'nothing of it outlives whoever started this'],
  ]);
  command.action((name: string, args: string[], { deathsig, fd, ...flags }: InitFlags) => {
    try {
      init({ command: [name, ...args], ...flags, deathSignal: deathsig?.name, fds: fd });
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      complain(error.message);
      process.exitCode = codeOfFailedStart(error);
    }
  });
}
