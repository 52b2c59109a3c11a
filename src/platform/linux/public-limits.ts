/** Resource limits as /proc/PID/limits tells them to everybody. */
import { readFileSync } from 'node:fs';

import type { Limit, LimitName } from '../platform.ts';

/** How the kernel calls them there. Units are those of prlimit(2). */
const words: ReadonlyMap<string, LimitName> = new Map([
  ['Max cpu time', 'cpuTime'],
  ['Max file size', 'fileSize'],
  ['Max data size', 'dataSize'],
  ['Max stack size', 'stackSize'],
  ['Max core file size', 'coreSize'],
  ['Max resident set', 'residentSet'],
  ['Max processes', 'processes'],
  ['Max open files', 'openFiles'],
  ['Max locked memory', 'lockedMemory'],
  ['Max address space', 'addressSpace'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'pendingSignals'],
  ['Max msgqueue size', 'messageQueues'],
  ['Max nice priority', 'nice'],
  ['Max realtime priority', 'realtimePriority'],
  ['Max realtime timeout', 'realtimeTime'],
]);

const line = /^(Max [a-z ]+?) +(\d+|unlimited) +(\d+|unlimited) /;

/** All limits of a process; undefined if the file cannot be read or does not have them all. */
export function readPublicLimits(pid: number): Record<LimitName, Limit> | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/limits`, 'latin1');
  } catch {
    return undefined;
  }
  return parseLimits(text);
}

/** The limits in the text of such a file; undefined if one is missing. */
export function parseLimits(text: string): Record<LimitName, Limit> | undefined {
  const limits: Partial<Record<LimitName, Limit>> = {};
  for (const each of text.split('\n')) {
    const [, label, soft, hard] = line.exec(`${each} `) ?? [];
    const name = label === undefined ? undefined : words.get(label);
    if (name === undefined || soft === undefined || hard === undefined) continue;
    limits[name] = { soft: limitOf(soft), hard: limitOf(hard) };
  }
  return Object.keys(limits).length === words.size
    ? (limits as Record<LimitName, Limit>)
    : undefined;
}

function limitOf(word: string): number {
  return word === 'unlimited' ? Infinity : Number(word);
}
