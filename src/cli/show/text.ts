/** Text as a terminal shows it: how wide it is, cut to a width, and without what would move the cursor. */
import stringWidth from 'string-width';

const plain = /^[\u0020-\u007e]*$/;
// Control characters, and those that turn the direction of what follows.
const unsafe = /[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The text with control characters as `\n`, `\t`, `\x1b`: any process may have any name. */
export function clean(text: string): string {
  if (plain.test(text)) return text;
  return text.replaceAll(unsafe, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const codePoint = character.codePointAt(0) ?? 0;
    // Bytes that are no UTF-8 come as lone surrogates; see bytesOf() of brood/inspect.
    const code = codePoint >= 0xdc80 && codePoint <= 0xdcff ? codePoint - 0xdc00 : codePoint;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** How many columns of a terminal it takes. */
export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

const characters = new Intl.Segmenter();

/** The text in at most so many columns, with … where it was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  if (plain.test(text)) return `${text.slice(0, width - 1)}…`;
  let kept = '';
  let left = width - 1;
  for (const { segment } of characters.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text in exactly so many columns. */
export function fit(text: string, width: number, right = false): string {
  const shown = cut(text, width);
  const gap = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return right ? gap + shown : shown + gap;
}
