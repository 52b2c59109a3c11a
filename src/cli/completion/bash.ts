/** Completion for bash 4 and later. */
import { type CommandShape, type OptionShape, type Place, spellings } from './shape.ts';

function generator({ kind, words }: Place): string {
  switch (kind) {
    case 'pid':
      return 'COMPREPLY=($(cd /proc && compgen -G "$cur*" | grep -E "^[0-9]+$"))';
    case 'signal':
      return 'COMPREPLY=($(compgen -A signal -- "$cur" | grep ^SIG) $(compgen -W "TERM KILL HUP INT STOP CONT USR1 USR2" -- "$cur"))';
    case 'file':
      return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))';
    case 'folder':
      return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))';
    case 'program':
      return 'compopt -o filenames; COMPREPLY=($(compgen -c -- "$cur"))';
    case 'words':
      return `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur"))`;
    case 'nothing':
      return 'COMPREPLY=()';
  }
}

const takesValue = (option: OptionShape): boolean => option.value !== undefined;

/** After an option that takes one: its value. */
function valueCases({ name, options }: CommandShape): string[] {
  return options.filter(takesValue).map((option) => {
    const patterns = spellings(option).map((spelling) => `"${name} ${spelling}"`);
    return `    ${patterns.join('|')}) ${generator(option.value as Place)}; return ;;`;
  });
}

function operandCase({ name, operands }: CommandShape): string[] {
  if (operands.length === 0) return [];
  const cases = operands.map((place, index) => {
    const at = place.repeated || index === operands.length - 1 ? '*' : String(index);
    return `      ${at}) ${generator(place)} ;;`;
  });
  return [`    ${name}) case $operand in`, ...cases, '    esac ;;'];
}

/** The script for `eval`, or for a file in bash-completion's folder. */
export function bashScript(commands: readonly CommandShape[]): string {
  const valued = commands.flatMap(({ name, options }) =>
    options
      .filter(takesValue)
      .flatMap(spellings)
      .map((spelling) => `"${name} ${spelling}"`),
  );
  const optionCases = commands.map(({ name, options }) => {
    const words = options.flatMap(spellings).join(' ');
    return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$cur")) ;;`;
  });
  const passing = commands.filter(({ operands }) => operands[0]?.kind === 'program');
  return `# bash completion for brood
_brood() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local operand=0 first=0 i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$cur"))
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
    ${valued.join('|')}) ((i++)) ;;
    *" --") ((i < COMP_CWORD)) && first=$((i + 1)); break ;;
    *" -"*) ;;
    *) ((first == 0)) && first=$i; ((operand++)) ;;
    esac
    case $command in
    ${passing.map(({ name }) => name).join('|')}) ((first > 0)) && break ;;
    esac
  done
  case $command in
  ${passing.map(({ name }) => name).join('|')})
    if ((first > 0 && first < COMP_CWORD)); then
      if declare -F _command_offset >/dev/null; then _command_offset "$first"
      else compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); fi
      return
    fi ;;
  esac
  case "$command $prev" in
${commands.flatMap(valueCases).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${optionCases.join('\n')}
    esac
    return
  fi
  case $command in
${commands.flatMap(operandCase).join('\n')}
  esac
}
complete -F _brood brood
`;
}
