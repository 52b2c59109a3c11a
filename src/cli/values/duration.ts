/** Times on the command line: milliseconds as everywhere in brood, or a number with a unit. */
import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `250`, `250ms`, `1.5s`, `2m`, `1h`, `1d` as milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (number === undefined) {
    throw new InvalidArgumentError('Give milliseconds, or a unit: 250, 1.5s, 2m, 1h.');
  }
  return Number(number) * (units[unit] as number);
}

/** A moment: `2026-01-31T12:00:00Z`, or `@` and seconds since the epoch. */
export function parseMoment(text: string): Date {
  const seconds = /^@(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  const date = new Date(seconds === undefined ? text : Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Give a date, as in 2026-01-31T12:00:00Z, or @SECONDS.');
  }
  return date;
}

/** `0.8 ms`, `250 ms`, `1.50 s`, `2 min 5 s`. */
export function showDuration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Processor time as top(1) has it: `0:01.25`, `12:34:56`. */
export function showClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds >= 3600) {
    return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}.${two(Math.floor((ms % 1000) / 10))}`;
}

/** A moment in ms since the epoch: the time of today, or the day. */
export function showMoment(ms: number): string {
  const moment = new Date(ms);
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday
    ? `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`
    : day;
}
