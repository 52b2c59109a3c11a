/** What can be completed where: read from the commands themselves, so that it is never out of date. */
import type { Argument, Command, Option } from 'commander';

/** What stands in a place; `nothing`: something that nobody can guess. */
type Kind = 'pid' | 'signal' | 'file' | 'folder' | 'program' | 'words' | 'nothing';

/** A place with what can stand in it. */
export interface Place {
  readonly kind: Kind;
  readonly words: readonly string[];
  /** Its name in the help: 'time'. */
  readonly name: string;
  readonly repeated: boolean;
}

/** An option. */
export interface OptionShape {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  readonly value: Place | undefined;
}

/** A command. */
export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionShape[];
  readonly operands: readonly Place[];
}

const kinds: Readonly<Record<string, Kind>> = {
  pid: 'pid',
  signal: 'signal',
  file: 'file',
  args: 'file',
  dir: 'folder',
  program: 'program',
};

function placeOf(name: string, words: readonly string[] | undefined, repeated: boolean): Place {
  const kind = words === undefined ? (kinds[name] ?? 'nothing') : 'words';
  return { kind, words: words ?? [], name, repeated };
}

function valueOf(option: Option): Place | undefined {
  const [, name] = /[<[](.+?)(?:\.{3})?[\]>]$/.exec(option.flags) ?? [];
  return name === undefined ? undefined : placeOf(name, option.argChoices, false);
}

function operandOf(argument: Argument): Place {
  return placeOf(argument.name(), argument.argChoices, argument.variadic);
}

/** The commands of the program, in the order of its help. */
export function shapesOf(program: Command): CommandShape[] {
  const help = program.createHelp();
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map((option) => ({
      short: option.short,
      long: option.long,
      description: option.description,
      value: valueOf(option),
    })),
    operands: command.registeredArguments.map(operandOf),
  }));
}

/** Its spellings. */
export function spellings({ short, long }: OptionShape): string[] {
  return [short, long].filter((each) => each !== undefined);
}
