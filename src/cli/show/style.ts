/** Colours, where somebody sees them: https://no-color.org, FORCE_COLOR, and terminals only. */
import { isatty } from 'node:tty';

import pc from 'picocolors';

/** What makes text bold, dim, red and so on, or leaves it as it is. */
export type Style = ReturnType<typeof pc.createColors>;

/** Whether what goes to a descriptor takes colours. */
function takesColour(fd: number): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  // An empty one says nothing, as https://no-color.org has it.
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') {
    return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  }
  return isatty(fd) && TERM !== 'dumb';
}

// picocolors alone would look at CI and at our arguments, which may be those of another program.
/** For what goes to standard output. */
export const style: Style = pc.createColors(takesColour(1));

/** For what goes to standard error. */
export const errorStyle: Style = pc.createColors(takesColour(2));

/** Always in colour, for what takes the colours away again by itself. */
export const coloured: Style = pc.createColors(true);
