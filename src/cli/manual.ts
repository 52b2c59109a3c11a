/** `brood manual`: the man page, made from the commands themselves. */
import type { Command } from 'commander';

import { examples, examplesOf } from './show/examples.ts';

/** Text for roff: nothing in it is a request or an escape. */
function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^([.'])/gm, String.raw`\&$1`)
    .replaceAll(/[^\n\u0020-\u007e]/gu, (character) => {
      const code = (character.codePointAt(0) as number).toString(16).toUpperCase();
      return `\\[u${code.padStart(4, '0')}]`;
    });
}

const bold = (text: string): string => String.raw`\fB${roff(text)}\fR`;

function listed(terms: readonly (readonly [term: string, meaning: string])[]): string[] {
  return terms.flatMap(([term, meaning]) => ['.TP', bold(term), roff(meaning)]);
}

function exampleLines(command: Command): string[] {
  return examplesOf(command).flatMap(([line, meaning]) => ['.TP', bold(line), roff(meaning)]);
}

function section(program: Command, command: Command): string[] {
  const help = program.createHelp();
  const options = help
    .visibleOptions(command)
    .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const);
  const operands = help
    .visibleArguments(command)
    .map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)] as const);
  const usage = command.usage().split('\n')[0] ?? '';
  return [
    `.SS ${bold(`brood ${command.name()}`)} ${roff(usage)}`,
    roff(command.description()),
    ...listed([...operands, ...options]),
    ...exampleLines(command),
  ];
}

const codes: readonly (readonly [string, string])[] = [
  ['0', 'It went well.'],
  ['1', 'It did not: a line on stderr says what. run and wait end as the process did instead.'],
  ['2', 'The command line was wrong.'],
  ['124', 'The time of --timeout or --deadline was over.'],
  ['125', 'run: brood could not start it. wait: nobody can know how it ended.'],
  ['126', 'run: the program cannot be executed.'],
  ['127', 'run: there is no such program. wait: there is no such process.'],
  ['128+N', 'run, wait: the process was killed by signal N.'],
];

const environment: readonly (readonly [string, string])[] = [
  ['NO_COLOR', 'No colours, if it is not empty.'],
  ['FORCE_COLOR', 'Colours also where no terminal is.'],
  ['BROOD_PLATFORM', 'portable: without the addon.'],
];

/** The page as roff. */
function manual(program: Command): string {
  const lines = [
    `.TH BROOD 1 "" "brood ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    String.raw`brood \- real processes: run, wait, signal, look inside`,
    '.SH SYNOPSIS',
    `${bold('brood')} ${roff('<command> [options] [operands]')}`,
    '.SH DESCRIPTION',
    roff(program.description()),
    roff(
      'Times are milliseconds, or have a unit (250ms, 1.5s, 2m, 1h). Sizes are bytes, or have a unit (64k, 1.5G). A process is named by its PID, or by PID:INODE, which never comes to mean another process (Linux 6.9). Tables are cut to the terminal, and never cut when they go elsewhere.',
    ),
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => section(program, command)),
    '.SH EXIT STATUS',
    ...listed(codes),
    '.SH ENVIRONMENT',
    ...listed(environment),
    '.SH EXAMPLES',
    ...exampleLines(program),
  ];
  return `${lines.join('\n')}\n`;
}

/** Adds `brood manual`. */
export function addManual(program: Command): void {
  const command = program
    .command('manual')
    .summary('the man page')
    .description('Prints the man page of brood, for man(1).');
  examples(command, [['brood manual | man -l -', 'read it']]);
  command.action(() => {
    process.stdout.write(manual(program));
  });
}
