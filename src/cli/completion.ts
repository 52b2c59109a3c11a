/** `brood completion`: what a shell needs to complete the commands and options of brood. */
import { Argument, type Command } from 'commander';

import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { type CommandShape, shapesOf } from './completion/shape.ts';
import { zshScript } from './completion/zsh.ts';
import { examples } from './show/examples.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (commands: readonly CommandShape[]) => string
>;

/** Adds `brood completion`. */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .summary('completions for bash, zsh or fish')
    .description('Prints the completions of all commands and options for a shell.')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(scripts)));
  examples(command, [
    ['eval "$(brood completion bash)"', 'in ~/.bashrc'],
    ['brood completion zsh >~/.zfunc/_brood', 'with ~/.zfunc in $fpath'],
    ['brood completion fish >~/.config/fish/completions/brood.fish', 'for every new fish'],
  ]);
  command.action((shell: keyof typeof scripts) => {
    process.stdout.write(scripts[shell](shapesOf(program)));
  });
}
