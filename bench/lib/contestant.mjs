/** One program that takes part: it lives through a measurement and does what it is asked, by lines. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** No answer of a contestant takes longer. */
const patience = 180_000;

export class Contestant {
  /** @readonly */
  #child;
  /** @readonly */
  #lines;
  /** @readonly */
  #end;

  /** `entry`: {name, command, args, env} of the line-up. */
  constructor(entry) {
    this.name = entry.name;
    const options = { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...entry.env } };
    this.#child = spawn(entry.command, entry.args, options);
    this.#child.on('error', () => {});
    // What it says at its end, if it ends too early, is told by ask().
    this.#child.stdin.on('error', () => {});
    this.#end = once(this.#child, 'close').catch((error) => [error.message]);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Sends a command and comes to the answer. */
  async ask(...words) {
    this.#child.stdin.write(`${words.join(' ')}\n`);
    const answer = await this.answer(words[0]);
    if (answer.error !== undefined) throw new Error(`${this.name}: ${answer.error}`);
    return answer;
  }

  /** The next line it prints, asked for or not. */
  async answer(what = 'hello') {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    const { value } = await this.#lines.next();
    clearTimeout(timer);
    if (value !== undefined) return JSON.parse(value);
    throw new Error(`${this.name} ended (${(await this.#end).join(' ')}) at "${what}"`);
  }

  /** Its standard input ends, and so does it. */
  async stop() {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    this.#child.stdin.end();
    await this.#end;
    clearTimeout(timer);
  }
}

/** Lets `work` have contestants for these entries, and stops them whatever happens. */
export async function withContestants(entries, work) {
  const contestants = entries.map((entry) => new Contestant(entry));
  try {
    return await work(contestants);
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
  }
}
