/** Option names that are none: a typing mistake must not be a silent no-op. */
import { invalidValue } from '../errors.ts';

/** The error for the option `full`, unknown by its `name`; the nearest known one is suggested. */
export function unknownName(full: string, name: string, known: Iterable<string>): TypeError {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const each of known) {
    const distance = editDistance(name.toLowerCase(), each.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = each;
    }
  }
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return invalidValue(full, name, `is no option that is known here${hint}`);
}

/** How many letters have to be put in, taken out or changed to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
