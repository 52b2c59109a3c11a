/** Whether a child has printed something. */
import type { Pump } from '../log/pump.ts';

/** Resolves when a line has it, and never if `signal` is aborted before. */
export function waitForLine(
  pump: Pump,
  pattern: string | RegExp,
  signal: AbortSignal,
): Promise<void> {
  // A pattern with the flag g or y would remember where it found something last.
  const found =
    typeof pattern === 'string'
      ? (line: string) => line.includes(pattern)
      : (line: string) => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(line);
  return new Promise((resolve) => {
    const end = pump.listen(({ lines }) => {
      if (!lines.some(found)) return;
      end();
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
  });
}
