/** How the tour speaks: chapters, lines, and what a process was and became. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { Child, current, type ExitStatus, type Process } from '../../index.ts';
import { style } from '../show/style.ts';

/** What is shown of one way to have a process. */
export interface Chapter {
  readonly title: string;
  /** The call that it is about, as one would type it. */
  readonly call: string;
  /** Programs of the machine without which there is nothing to show. */
  readonly needs?: readonly string[];
  show(): Promise<void> | void;
}

/** Whether this machine has the program. */
export function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function heading(number: number, { title, call }: Chapter): void {
  console.log(`\n${style.bold(`${number}. ${title}`)}\n   ${style.cyan(call)}`);
}

/** A line of the tour, under a word or two that say what it is. */
export function tell(label: string, text: string | number): void {
  const [first, ...rest] = String(text).split('\n');
  console.log(`   ${style.dim(label.padEnd(14))} ${first}`);
  for (const line of rest) console.log(`   ${' '.repeat(14)} ${line}`);
}

/** Who a process is. */
export function tellProcess(label: string, child: Process): void {
  // A child of ours that has ended already has no parent any more that could be asked for.
  const parent = child instanceof Child ? current : child.parent();
  const whose = parent === undefined ? 'ended already' : `child of ${parent.pid}`;
  tell(label, `pid ${child.pid}, ${whose}${parent?.isCurrent === true ? ' (this program)' : ''}`);
}

/** How a process ended, and what it used. */
export function tellStatus(label: string, status: ExitStatus, sinceMs?: number): void {
  const { usage } = status;
  const facts = [String(status)];
  if (sinceMs !== undefined) facts.push(`after ${milliseconds(performance.now() - sinceMs)}`);
  if (usage !== undefined) facts.push(`${milliseconds(usage.userMs + usage.systemMs)} of CPU`);
  tell(label, facts.join(', '));
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
