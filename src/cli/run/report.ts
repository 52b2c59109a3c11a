/** What `brood run` tells of a run on stderr. */
import type { ResourceUsage } from '../../index.ts';
import { jsonLine } from '../show/json.ts';
import { errorStyle as style } from '../show/style.ts';
import { clean } from '../show/text.ts';
import { showDuration } from '../values/duration.ts';
import { showSize } from '../values/number.ts';
import type { Attempt } from './attempt.ts';

/** A run and the command it was of. */
export interface Report extends Attempt {
  readonly command: readonly string[];
  /** Counted from 1. */
  readonly attempt: number;
}

function usageLines(usage: ResourceUsage, durationMs: number): [label: string, text: string][] {
  const cpuMs = usage.userMs + usage.systemMs;
  const share = durationMs > 0 ? Math.round((cpuMs / durationMs) * 100) : 0;
  return [
    ['user', showDuration(usage.userMs)],
    ['system', showDuration(usage.systemMs)],
    ['cpu', `${share} % of one processor`],
    // The kernel counts it from what the parent had: see getrusage(2) and the guide.
    ['memory', `at most ${showSize(usage.maxRss)} (counted from that of brood itself)`],
    ['faults', `${usage.majorFaults} from disk, ${usage.minorFaults} without`],
    ['blocks', `${usage.blocksIn} read, ${usage.blocksOut} written`],
    ['switches', `${usage.voluntarySwitches} asked for, ${usage.involuntarySwitches} not`],
  ];
}

/** The summary for people. */
export function summary({ command, pid, status, timedOut, durationMs }: Report): string {
  const head = `${style.bold(clean(command.join(' ')))} (pid ${pid})`;
  const end = timedOut ? `timed out, ${String(status)}` : String(status);
  const lines: [string, string][] = [
    ['ended', status.ok ? style.green(end) : style.red(end)],
    ['time', showDuration(durationMs)],
    ...(status.usage === undefined ? [] : usageLines(status.usage, durationMs)),
  ];
  const shown = lines.map(([label, text]) => `  ${style.dim(label.padEnd(9))} ${text}`);
  return `${[head, ...shown].join('\n')}\n`;
}

/** The summary for programs: one line. */
export function summaryJson(report: Report): string {
  const { command, attempt, pid, status, timedOut, durationMs } = report;
  return jsonLine({ command, attempt, pid, status, timedOut, durationMs });
}
