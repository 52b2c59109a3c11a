/** Text as a terminal shows it: how wide it is, cut to a width, and without what would move the cursor. */
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

const plain = /^[\u0020-\u007e]*$/;
// Control characters, and those that turn the direction of what follows.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The text with control characters as `\n`, `\t`, `\x1b`: any process may have any name. */
export function clean(text: string): string {
  if (plain.test(text)) return text;
  return text.replaceAll(unsafe, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** How many columns of a terminal it takes. */
export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

/** The text in at most so many columns, with … where it was cut. */
function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  return plain.test(text) ? `${text.slice(0, width - 1)}…` : cliTruncate(text, width);
}

/** The text in exactly so many columns. */
export function fit(text: string, width: number, right = false): string {
  const shown = cut(text, width);
  const gap = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return right ? gap + shown : shown + gap;
}
