/** The examples at the end of a `--help`; the man page shows them too. */
import type { Command } from 'commander';

/** A command line, and what it does. */
export type Example = readonly [line: string, meaning: string];

const known = new WeakMap<Command, readonly Example[]>();

/** Adds examples to the help of a command. */
export function examples(command: Command, lines: readonly Example[]): void {
  known.set(command, lines);
  const shown = lines.map(([line, meaning]) => `  ${line}\n      ${meaning}`);
  command.addHelpText('after', `\nExamples:\n${shown.join('\n')}`);
}

/** The examples that a command was given. */
export function examplesOf(command: Command): readonly Example[] {
  return known.get(command) ?? [];
}
