/** Completion for fish. */
import type { CommandShape, OptionShape, Place } from './shape.ts';

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** What completes the place: flags of `complete`. */
function candidates({ kind, words }: Place): string {
  switch (kind) {
    case 'pid':
      return "-a '(__fish_complete_pids)'";
    case 'signal':
      return '-a \'(kill -l | string split " ")\'';
    case 'file':
      return '-F';
    case 'folder':
      return "-a '(__fish_complete_directories)'";
    case 'program':
      return "-a '(__fish_complete_command)'";
    case 'words':
      return `-a ${quoted(words.join(' '))}`;
    case 'nothing':
      return '';
  }
}

function optionLine(command: string, { short, long, description, value }: OptionShape): string {
  const parts = [`complete -c brood -n '__fish_seen_subcommand_from ${command}'`];
  if (short !== undefined) parts.push(`-s ${short.slice(1)}`);
  if (long !== undefined) parts.push(`-l ${long.slice(2)}`);
  if (value !== undefined) parts.push(value.kind === 'file' ? '-r' : '-x', candidates(value));
  parts.push(`-d ${quoted(description)}`);
  return parts.filter((part) => part !== '').join(' ');
}

function commandLines({ name, summary, options, operands }: CommandShape): string[] {
  const places = operands.map(candidates).filter((flags) => flags !== '');
  return [
    `complete -c brood -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...options.map((option) => optionLine(name, option)),
    ...places.map((flags) => `complete -c brood -n '__fish_seen_subcommand_from ${name}' ${flags}`),
  ];
}

/** The script for a file in fish's folder of completions. */
export function fishScript(commands: readonly CommandShape[]): string {
  const lines = [
    '# fish completion for brood',
    'complete -c brood -f',
    "complete -c brood -n __fish_use_subcommand -s h -l help -d 'show help'",
    "complete -c brood -n __fish_use_subcommand -s v -l version -d 'show the version'",
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}
