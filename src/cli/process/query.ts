/**
 * A small language to choose processes by: `cpu > 5 and user = root`, `rss >= 100m or not (name ~ ^k)`.
 * A word alone is looked for in the command line, the user and the pid.
 */
import { isMissing, type ProcessField } from '../../inspect/index.ts';
import { Misuse } from '../failure.ts';
import { parseDuration } from '../values/duration.ts';
import { parseSize } from '../values/number.ts';
import { type FieldPath, fieldPath, type Kind, type Row, showValue, valueAt } from './fields.ts';

/** What was asked for. */
export interface Query {
  /** What has to be read to answer it. */
  readonly paths: readonly FieldPath[];
  readonly matches: (row: Row) => boolean;
}

type Test = (row: Row) => boolean;

interface Token {
  readonly kind: 'word' | 'text' | 'operator' | 'end';
  readonly text: string;
  readonly at: number;
}

const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(<=|>=|!=|!~|[=<>~()])|([^\s()=<>~!"']+))/y;
const searched: readonly ProcessField[] = ['commandLine', 'name', 'user', 'pid'];
const everything: Query = { paths: [], matches: () => true };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw wrong(text, at, 'this cannot be read');
    const [, double, single, operator, word] = match;
    if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else {
      const plain = double?.replaceAll(/\\(.)/g, '$1') ?? single ?? '';
      tokens.push({ kind: 'text', text: plain, at });
    }
  }
  return tokens;
}

function wrong(text: string, at: number, what: string): Misuse {
  return new Misuse(
    `the query '${text}' is wrong at character ${at + 1}: ${what}`,
    "As in: 'cpu > 5 and user = root', 'rss >= 100m or name ~ ^node'.",
  );
}

/** A number as it is written for that kind of value. */
function numberOf(text: string, kind: Kind): number {
  try {
    if (kind === 'size') return parseSize(text);
    if (kind === 'time') return parseDuration(text);
  } catch {
    return Number.NaN;
  }
  return kind === 'moment' ? Date.parse(text) : Number(text.replace(/%$/, ''));
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Reads a query from left to right; each method reads what its name says. */
class Reader {
  readonly paths: FieldPath[] = [];
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Test {
    const test = this.#either();
    if (this.#peek().kind !== 'end') throw this.#wrong("'and' or 'or' was expected here");
    return test;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length };
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #wrong(what: string): Misuse {
    return wrong(this.#text, this.#peek().at, what);
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#take('word', 'or')) tests.push(this.#both());
    return (row) => tests.some((test) => test(row));
  }

  #both(): Test {
    const tests = [this.#one()];
    while (this.#take('word', 'and')) tests.push(this.#one());
    return (row) => tests.every((test) => test(row));
  }

  #one(): Test {
    if (this.#take('word', 'not')) {
      const test = this.#one();
      return (row) => !test(row);
    }
    if (this.#take('operator', '(')) {
      const test = this.#either();
      if (!this.#take('operator', ')')) throw this.#wrong("')' was expected here");
      return test;
    }
    return this.#comparison();
  }

  #comparison(): Test {
    const left = this.#peek();
    if (left.kind !== 'word' && left.kind !== 'text')
      throw this.#wrong('a field was expected here');
    this.#next += 1;
    const operator = this.#peek();
    const isCompared =
      operator.kind === 'operator' && operator.text !== '(' && operator.text !== ')';
    if (left.kind === 'text' || !isCompared) return this.#search(left.text);
    this.#next += 1;
    const right = this.#peek();
    if (right.kind !== 'word' && right.kind !== 'text')
      throw this.#wrong('a value was expected here');
    this.#next += 1;
    const path = fieldPath(left.text);
    this.paths.push(path);
    return operator.text.endsWith('~')
      ? this.#like(path, right, operator.text === '!~')
      : this.#compared(path, operator.text, right);
  }

  #search(text: string): Test {
    const paths = searched.map(fieldPath);
    this.paths.push(...paths);
    const wanted = text.toLowerCase();
    return (row) =>
      paths.some(({ path }) => String(valueAt(row, path)).toLowerCase().includes(wanted));
  }

  #like({ path, kind }: FieldPath, right: Token, isNegated: boolean): Test {
    let expression: RegExp;
    try {
      expression = new RegExp(right.text, 'u');
    } catch {
      throw wrong(this.#text, right.at, `'${right.text}' is no regular expression`);
    }
    return (row) => {
      const value = valueAt(row, path);
      const text = isMissing(value) ? undefined : showValue(value, kind);
      return text !== undefined && expression.test(text) !== isNegated;
    };
  }

  #compared({ path, kind }: FieldPath, operator: string, right: Token): Test {
    const holds = comparisons[operator] as (order: number) => boolean;
    const isText = kind === 'text' || kind === 'group';
    const number = isText ? Number.NaN : numberOf(right.text, kind);
    if (!isText && Number.isNaN(number)) {
      throw wrong(this.#text, right.at, `${path} is compared with a number, not '${right.text}'`);
    }
    return (row) => {
      const value = valueAt(row, path);
      if (value === undefined || value === null || isMissing(value)) return false;
      if (typeof value === 'number' && !isText) return holds(Math.sign(value - number));
      const text = showValue(value, kind);
      return holds(text === right.text ? 0 : text < right.text ? -1 : 1);
    };
  }
}

/**
 * Reads a query; an empty one fits all.
 *
 * @throws Misuse that says at which character it is wrong.
 */
export function parseQuery(text: string): Query {
  if (text.trim() === '') return everything;
  const reader = new Reader(text);
  const matches = reader.whole();
  return { paths: reader.paths, matches };
}
