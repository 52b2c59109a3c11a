/** A real terminal: a tmux server of our own with one window, typed into and read as a user would. */
import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';

import { isGone, until } from './proc.ts';

/** How big the terminal is, and what runs in it finds. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

let count = 0;

/** A terminal in which a shell runs. */
export class Terminal {
  readonly #socket: string;
  readonly #serverPid: number;

  constructor(t: TestContext, { columns = 80, rows = 24, env = {} }: TerminalOptions = {}) {
    this.#socket = `brood-test-${process.pid}-${(count += 1)}`;
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, ...variables, '/bin/sh');
    this.#serverPid = Number(this.#tmux('display-message', '-p', '#{pid}'));
    t.after(async () => {
      this.#tmux('kill-server');
      await until(() => isGone(this.#serverPid), 'the end of tmux');
    });
    this.#awaitPrompt();
  }

  /** What is typed before the shell is there is echoed twice, and its prompt is somewhere in between. */
  #awaitPrompt(): void {
    const sleep = new Int32Array(new SharedArrayBuffer(4));
    for (let left = 1000; left > 0; left--) {
      if (/^[$#]/m.test(this.screen())) return;
      Atomics.wait(sleep, 0, 0, 20);
    }
    throw new Error(`the shell has no prompt; the screen shows:\n${this.screen()}`);
  }

  #tmux(...args: string[]): string {
    const env: NodeJS.ProcessEnv = { ...process.env, PS1: '$ ', TERM: 'xterm-256color' };
    for (const name of ['TMUX', 'NO_COLOR', 'FORCE_COLOR', 'CI', 'ENV']) delete env[name];
    const all = ['-L', this.#socket, '-f', '/dev/null', ...args];
    return execFileSync('tmux', all, { encoding: 'utf8', env }).trimEnd();
  }

  /** Types text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-t', ':', '-l', text);
  }

  /** Presses keys by tmux's names: `Enter`, `C-c`, `Up`, `F1`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', '-t', ':', ...keys);
  }

  /** Types a command and presses Enter. */
  run(line: string): void {
    this.type(line);
    this.press('Enter');
  }

  /** What can be seen, without spaces at the ends of lines. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', ':');
  }

  /** The same, with colours as escape sequences. */
  colouredScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-t', ':');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', ':', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** Resolves with the screen once it shows that. */
  shows(pattern: RegExp): Promise<string> {
    let last = '';
    return until(() => {
      last = this.screen();
      return pattern.test(last) && last;
    }, `${pattern} on the screen`).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows:\n${last}`, { cause: error });
    });
  }

  /** Whether the terminal is as a shell expects it: lines are edited and typed characters shown. */
  async isWhole(): Promise<boolean> {
    this.run(
      'stty -a | tr " ;" "\\n\\n" | grep -xE -- "-?(echo|icanon|isig)" | tr "\\n" ,; echo END',
    );
    const screen = await this.shows(/^[^$]*,END$/m);
    const alternate = this.#tmux(
      'display-message',
      '-p',
      '-t',
      ':',
      '#{alternate_on}#{cursor_flag}',
    );
    const modes = /^(.*),END$/m.exec(screen)?.[1]?.split(',').toSorted().join(' ');
    return modes === 'echo icanon isig' && alternate === '01';
  }
}
