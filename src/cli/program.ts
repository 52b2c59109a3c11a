/** The command `brood` with all that it can do. */
import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { addCompletion } from './completion.ts';
import { addControls } from './controls.ts';
import { addEvents } from './events.ts';
import { exitCodes, tellFailure } from './failure.ts';
import { addFeatures } from './features.ts';
import { addFind } from './find.ts';
import { addInfo } from './info.ts';
import { addInit } from './init.ts';
import { addKill } from './kill.ts';
import { addLogs } from './logs.ts';
import { addManual } from './manual.ts';
import { addPs } from './ps.ts';
import { addRun } from './run.ts';
import { examples } from './show/examples.ts';
import { coloured } from './show/style.ts';
import { addSignal } from './signal.ts';
import { addStatus } from './status.ts';
import { addTop } from './top.ts';
import { addTour } from './tour.ts';
import { addTree } from './tree.ts';
import { addUp } from './up.ts';
import { addWait } from './wait.ts';

function version(): string {
  // The same place from the sources, from dist and from the published package.
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The errors of the library that reads command lines, in the words of all others. */
function reworded(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'/, '$2 $1 is invalid');
  return `brood: ${message}`;
}

/** Sets what all commands share: they take it over when they are added. */
function setHouseRules(program: Command): void {
  program
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(reworded(text)),
    })
    .configureHelp({
      styleTitle: (text) => coloured.bold(text),
      styleCommandText: (text) => coloured.cyan(text),
      styleOptionTerm: (text) => coloured.cyan(text),
      styleSubcommandTerm: (text) => coloured.cyan(text),
      showGlobalOptions: false,
    })
    .helpOption('-h, --help', 'show this')
    .helpCommand(false);
}

/** The command with its options and commands, before anything is read. */
function makeProgram(): Command {
  const program = new Command('brood')
    .description('Real processes: run, wait, signal, and see what this machine can do.')
    .version(version(), '-v, --version', 'show the version');
  setHouseRules(program);
  for (const add of [addRun, addWait, addSignal, addKill]) add(program);
  for (const add of [addPs, addTree, addInfo, addFind, addEvents, addTop]) add(program);
  for (const add of [addUp, addStatus, addLogs, addControls]) add(program);
  for (const add of [addInit, addFeatures, addTour, addCompletion, addManual]) add(program);
  examples(program, [
    ['brood run --timeout 30s -- make test', 'run a program, with bounds'],
    ['brood wait 4711', 'wait for any process'],
    ['brood kill --tree 4711', 'end a process and all that it started'],
    ['brood run --help', 'each command has help and examples of its own'],
  ]);
  for (const command of program.commands) {
    command.showHelpAfterError(`Try 'brood ${command.name()} --help'.`);
  }
  return program.showHelpAfterError("Try 'brood --help'.");
}

/** Runs a command line; resolves when it is done. The exit code is that of the process. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = makeProgram();
  let name = '';
  program.hook('preAction', (_, command) => {
    name = command.name();
  });
  try {
    if (args.length === 0) program.error('error: a command is missing');
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = tellFailure(error, name);
    else if (error.exitCode !== 0) process.exitCode = exitCodes.misused;
  }
}
