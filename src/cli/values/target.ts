/** Processes on the command line: `PID`, or `PID:INODE` for exactly that process and no later one. */
import { InvalidArgumentError } from 'commander';

import { attach, NoSuchProcessError, ProcessError, type Process } from '../../index.ts';
import { complain } from '../failure.ts';

/** A process as it was named. */
export interface Target {
  readonly text: string;
  readonly pid: number;
  readonly inode: bigint | undefined;
}

const highestPid = 0x7fff_ffff;

/** Checks what names one process. */
export function parseTarget(text: string): Target {
  const [, pid, inode] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const number = Number(pid);
  if (pid === undefined || number < 1 || number > highestPid) {
    throw new InvalidArgumentError('Give the pid of a process, as in 4711, or PID:INODE.');
  }
  return { text, pid: number, inode: inode === undefined ? undefined : BigInt(inode) };
}

/** Collects the operands `PID…`. */
export function parseTargets(text: string, before: readonly Target[] | undefined): Target[] {
  return [...(before ?? []), parseTarget(text)];
}

/**
 * The process, in hand.
 *
 * @throws NoSuchProcessError, also when the pid is that of another process by now.
 */
export function take({ pid, inode }: Target): Process {
  const found = attach(pid);
  if (inode === undefined) return found;
  if (found.inode === undefined && found.isAlive()) {
    throw new ProcessError('PID:INODE needs Linux 6.9 or later and the addon; give the PID alone', {
      code: 'ENOTSUP',
      pid,
    });
  }
  if (found.inode !== inode) throw new NoSuchProcessError(pid);
  return found;
}

/** A process that was found, or why not. */
export type Taken = readonly [Target, Process | ProcessError];

/** All of them; those that are not there are told on stderr. */
export function takeAll(targets: readonly Target[]): Taken[] {
  return targets.map((target) => {
    try {
      return [target, take(target)];
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      complain(`${target.text}: ${error.message}`);
      return [target, error];
    }
  });
}
