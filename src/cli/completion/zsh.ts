/** Completion for zsh. */
import { type CommandShape, type OptionShape, type Place, spellings } from './shape.ts';

/** Text within single quotes, where `_arguments` gives a meaning to brackets and colons. */
function quoted(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`).replaceAll("'", String.raw`'\''`);
}

function action({ kind, words }: Place): string {
  switch (kind) {
    case 'pid':
      return '_pids';
    case 'signal':
      return '_signals';
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'program':
      return '_command_names -e';
    case 'words':
      return `(${words.join(' ')})`;
    case 'nothing':
      return ' ';
  }
}

function optionSpec(option: OptionShape): string {
  const names = spellings(option);
  const value = option.value && `:${quoted(option.value.name)}:${action(option.value)}`;
  const tail = `'[${quoted(option.description)}]${value ?? ''}'`;
  const repeatable = option.description.includes('(repeatable)');
  const before = repeatable ? "'*'" : `'(${names.join(' ')})'`;
  return names.length === 1
    ? `${before}${names[0]}${tail}`
    : `${before}{${names.join(',')}}${tail}`;
}

function operandSpec(place: Place, index: number, all: readonly Place[]): string {
  if (all[0]?.kind === 'program' && place.repeated) return "'*::arguments:_normal'";
  const at = place.repeated ? '*' : String(index + 1);
  return `'${at}:${quoted(place.name)}:${action(place)}'`;
}

function commandCase({ name, options, operands }: CommandShape): string {
  const specs = [...options.map(optionSpec), ...operands.map(operandSpec)];
  return `    ${name})\n      _arguments -s \\\n        ${specs.join(' \\\n        ')} ;;`;
}

/** The script for a file `_brood` in `$fpath`, or for `source`. */
export function zshScript(commands: readonly CommandShape[]): string {
  const list = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  return `#compdef brood
_brood() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${list.join('\n')}
  )
  _arguments -C '(-)'{-h,--help}'[show help]' '(-)'{-v,--version}'[show the version]' \\
    '1:command:->command' '*::argument:->argument'
  case $state in
  command) _describe command commands ;;
  argument)
    case $words[1] in
${commands.map(commandCase).join('\n')}
    esac ;;
  esac
}
if [[ $funcstack[1] == _brood ]]; then _brood "$@"; else compdef _brood brood; fi
`;
}
