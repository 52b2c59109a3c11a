/** What can happen to a process. */
import type { SignalName } from '../signal/signal-names.ts';
import type { ExitStatus } from '../status/exit-status.ts';

interface Happened {
  /** ms since the epoch. */
  readonly time: number;
}

interface OfProcess extends Happened {
  readonly pid: number;
  /** 'kernel': told at once. 'scan': noticed by comparing two lists, some time after it happened. */
  readonly source: 'kernel' | 'scan';
}

/** A process was forked by `ppid`. */
export interface ForkEvent extends OfProcess {
  readonly type: 'fork';
  readonly ppid: number;
}

/** A process executed another program; its name, if it was still there to be asked. */
export interface ExecEvent extends OfProcess {
  readonly type: 'exec';
  readonly name: string | undefined;
}

/** A process ended. */
export interface ExitEvent extends OfProcess {
  readonly type: 'exit';
  /** How; `'unobserved'` where a scan only found it missing. */
  readonly status: ExitStatus;
  /** The exit code, or the signal that ended it, where they are known. */
  readonly code: number | undefined;
  readonly signal: SignalName | undefined;
}

/** A process has another user, or another group. */
export interface IdEvent extends OfProcess {
  readonly type: 'uid' | 'gid';
  /** undefined: a scan tells the effective one alone. */
  readonly real: number | undefined;
  readonly effective: number;
}

/** A process gave itself another name. */
export interface NameEvent extends OfProcess {
  readonly type: 'comm';
  readonly name: string;
}

/** A process began a session of its own. */
export interface SessionEvent extends OfProcess {
  readonly type: 'session';
}

/** A debugger took hold of a process, or (0) let it go. */
export interface TraceEvent extends OfProcess {
  readonly type: 'ptrace';
  readonly tracer: number;
}

/** A process is writing a core dump. */
export interface CoreDumpEvent extends OfProcess {
  readonly type: 'coredump';
}

/** From where the events come from now on; the first of all, and always told. */
export interface SourceEvent extends Happened {
  readonly type: 'source';
  readonly source: 'kernel' | 'polling';
  readonly reason: string;
}

/** Some events were lost: what they had brought about follows, found by a scan. Always told. */
export interface RescanEvent extends Happened {
  readonly type: 'rescan';
  readonly reason: string;
}

/** What happened to a process, or to the stream of events itself. */
export type ProcessEvent =
  | ForkEvent
  | ExecEvent
  | ExitEvent
  | IdEvent
  | NameEvent
  | SessionEvent
  | TraceEvent
  | CoreDumpEvent
  | SourceEvent
  | RescanEvent;

/** The types of events that can be asked for. */
export type ProcessEventType = Exclude<ProcessEvent['type'], 'source' | 'rescan'>;

/** All of them. */
export const eventTypes: readonly ProcessEventType[] = Object.freeze([
  'fork',
  'exec',
  'exit',
  'uid',
  'gid',
  'comm',
  'session',
  'ptrace',
  'coredump',
] as const);
