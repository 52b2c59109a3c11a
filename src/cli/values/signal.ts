/** Signals on the command line: `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+1`. */
import { InvalidArgumentError } from 'commander';

import { signals, type SignalDescription } from '../../index.ts';

/** What brood knows of the signal of that name or number. */
export function parseSignal(text: string): SignalDescription {
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  try {
    const signal = /^\d+$/.test(text) ? Number(text) : name;
    return signals.describe(signal as NodeJS.Signals);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(
      "There is no such signal: 'brood signal --list' shows those that are.",
    );
  }
}
