/** What watch() remembers of each process, and what it found at one look. */
import type { ProcessField } from './process-info.ts';
import type { Stat } from './stat.ts';
import type { Watched } from './watch-tick.ts';

/** What a process keeps as long as it runs one program, or changes so seldom that this will do. */
export const steady: ReadonlySet<ProcessField> = new Set<ProcessField>([
  'argv',
  'commandLine',
  'exe',
  'deleted',
  'uid',
  'gid',
  'user',
  'credentials',
  'environment',
  'cwd',
  'root',
  'umask',
  'limits',
  'namespaces',
  'cgroup',
  'container',
]);
/** A process as it was at the last look. */
export interface Seen<Field extends ProcessField> {
  program: string;
  ticks: number;
  /** When it was read, in ms of performance.now(). */
  at: number;
  /** The number of the last look that found it. */
  round: number;
  watched: Watched<Field>;
  isWanted: boolean;
}

/** What one look has found. */
export interface Changes<Field extends ProcessField> {
  readonly started: Map<number, Watched<Field>>;
  readonly changed: Map<number, Watched<Field>>;
  readonly ended: Watched<Field>[];
  /** Pids whose fields all have to be read. */
  readonly stale: number[];
}

/** What changes when a process executes a program; some of it is told to its user alone. */
export function programOf(stat: Stat): string {
  // PF_FORKNOEXEC: it has not executed anything since it was forked.
  const isForked = (stat.sure(9) & 0x40) !== 0;
  return `${isForked} ${stat.field(26)} ${stat.field(28)} ${stat.comm.toString('latin1')}`;
}
