/** Values as JSON: what JSON has no word for is written so that nothing is lost or made up. */

function replace(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === Infinity) return 'unlimited';
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value instanceof Error) return { error: value.name, message: value.message };
  return value;
}

/** A value in as few characters as it takes, for the cell of a table. */
export function jsonWord(value: unknown): string {
  return JSON.stringify(value, replace);
}

/** One value on one line, for `--jsonl`. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value, replace)}\n`;
}

/** One value over several lines, for `--json`. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, replace, 2)}\n`;
}
