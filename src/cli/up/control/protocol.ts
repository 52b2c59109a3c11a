/**
 * The words between `brood up` and the commands that control it: lines of JSON over a Unix socket. A
 * question has a number, and so has each of its answers; the last one says `done`.
 */
import { ProcessError } from '../../../index.ts';

/** Changes when an older side would misunderstand a newer one. */
export const protocolVersion = 1;

/** What can be asked. */
type Verb = 'hello' | 'status' | 'logs' | 'start' | 'stop' | 'restart' | 'reload' | 'scale';

/** A question. */
export interface Question {
  readonly brood: number;
  readonly id: number;
  readonly do: Verb;
  readonly names?: readonly string[];
  readonly scale?: Readonly<Record<string, number>>;
  readonly lines?: number;
  readonly follow?: boolean;
}

/** An answer, or a part of one. */
export interface Answer {
  readonly brood: number;
  readonly id: number;
  readonly item?: unknown;
  readonly done?: true;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The longest line that is taken. */
export const longestLine: number = 64 * 1024;

/** A message as a line. */
export function encode(message: Question | Answer): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what comes into lines. */
export class LineReader {
  readonly #longest: number;
  #rest = '';

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The lines that are whole now. @throws ProcessError for one that is too long. */
  push(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() as string;
    if (this.#rest.length > this.#longest) {
      throw new ProcessError('the line is too long', { code: 'ERR_PROTOCOL' });
    }
    return lines.filter((line) => line !== '');
  }
}

const verbs: ReadonlySet<unknown> = new Set<Verb>([
  'hello',
  'status',
  'logs',
  'start',
  'stop',
  'restart',
  'reload',
  'scale',
]);

/** Reads a question. @throws ProcessError for what is none, and for another version. */
export function readQuestion(line: string): Question {
  let value: Partial<Question> | null;
  try {
    value = JSON.parse(line) as Partial<Question> | null;
  } catch {
    throw new ProcessError('this is no JSON', { code: 'ERR_PROTOCOL' });
  }
  if (typeof value !== 'object' || value === null || typeof value.id !== 'number') {
    throw new ProcessError('this is no question', { code: 'ERR_PROTOCOL' });
  }
  if (value.brood !== protocolVersion) {
    throw new ProcessError(
      `version ${String(value.brood)} is asked for, and version ${protocolVersion} is spoken: use the same brood on both sides`,
      { code: 'ERR_VERSION' },
    );
  }
  if (!verbs.has(value.do)) {
    throw new ProcessError(`nobody knows how to ${String(value.do)}`, { code: 'ERR_PROTOCOL' });
  }
  checkFields(value);
  return value as Question;
}

function checkFields({ names, lines, scale, follow }: Partial<Question>): void {
  const good =
    (names === undefined ||
      (Array.isArray(names) && names.every((each) => typeof each === 'string'))) &&
    (lines === undefined || (Number.isInteger(lines) && lines >= 0)) &&
    (follow === undefined || typeof follow === 'boolean') &&
    (scale === undefined || (typeof scale === 'object' && scale !== null));
  if (!good) throw new ProcessError('a field is not what it should be', { code: 'ERR_PROTOCOL' });
}
