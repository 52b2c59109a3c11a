/** The events of the proc connector, in words. Source: linux/cn_proc.h. */
import type { KernelEvent } from '../platform/platform.ts';
import { exitStatus } from '../status/exit-status.ts';
import { textOf } from './bytes.ts';
import type { ExitEvent, ProcessEvent } from './event-types.ts';

/** PROC_EVENT_NONE: the answer to our subscription. */
export const acknowledged = 0;

/** An event in words, `bootTimeMs` being when the machine was started; undefined for unknown ones. */
export function kernelEvent(event: KernelEvent, bootTimeMs: number): ProcessEvent | undefined {
  const { what, nanoseconds, numbers, name } = event;
  // pid and tgid come first: the second is what everybody calls the pid.
  const [first = 0, pid = 0, third = 0, fourth = 0] = numbers;
  const time = Math.round(bootTimeMs + nanoseconds / 1e6);
  const common = { time, source: 'kernel' } as const;
  switch (what) {
    case 0x1:
      return { type: 'fork', ...common, pid: fourth, ppid: pid };
    case 0x2:
      return { type: 'exec', ...common, pid, name: name && textOf(name) };
    case 0x4:
      return { type: 'uid', ...common, pid, real: third >>> 0, effective: fourth >>> 0 };
    case 0x40:
      return { type: 'gid', ...common, pid, real: third >>> 0, effective: fourth >>> 0 };
    case 0x80:
      return { type: 'session', ...common, pid };
    case 0x100:
      return { type: 'ptrace', ...common, pid, tracer: fourth };
    case 0x200:
      return name === undefined ? undefined : { type: 'comm', ...common, pid, name: textOf(name) };
    case 0x4000_0000:
      return { type: 'coredump', ...common, pid: pid || first };
    case 0x8000_0000:
      return exitEvent({ ...common, pid }, third);
    default:
      return undefined;
  }
}

/** The end of a process, by its wait status; undefined: that is not known. */
export function exitEvent(
  common: Pick<ExitEvent, 'pid' | 'time' | 'source'>,
  waitStatus: number | undefined,
): ExitEvent {
  const status = exitStatus({ waitStatus, usage: undefined });
  return { type: 'exit', ...common, status, code: status.code, signal: status.signal };
}
