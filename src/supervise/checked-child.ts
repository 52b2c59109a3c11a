/** A child whose description was checked: every default filled in. */
import type { AnyFunction } from '../child/load-function.ts';
import type { SpawnOptions } from '../create/spawn-options.ts';
import type { TaskMethod } from '../create/task/plan.ts';
import type { CgroupLimits } from './cgroup.ts';
import type { Listen, Restart, SupervisorOptions } from './child-spec.ts';
import type { LogOptions } from './log/log-options.ts';

/** What is run. */
export type Work =
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'shell'; readonly line: string }
  | { readonly kind: 'task'; readonly fn: AnyFunction; readonly args: readonly unknown[] }
  | {
      readonly kind: 'module';
      readonly url: string | URL;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'supervisor'; readonly options: SupervisorOptions };

/** A question that can be asked again and again. */
export type CheckedProbe =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: URL }
  | { readonly kind: 'exec'; readonly program: string; readonly args: readonly string[] };

/** When it is ready. */
export type CheckedReady =
  | { readonly kind: 'started' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'notify'; readonly timeoutMs: number }
  | { readonly kind: 'log'; readonly pattern: string | RegExp; readonly timeoutMs: number }
  | {
      readonly kind: 'probe';
      readonly probe: CheckedProbe;
      readonly timeoutMs: number;
      readonly intervalMs: number;
    };

/** How it is looked whether it still is. */
export interface CheckedAlive {
  readonly probe: CheckedProbe;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failures: number;
}

/** How it is stopped. */
export interface CheckedStop {
  readonly signalNumber: number;
  readonly graceMs: number;
  readonly scope: 'tree' | 'process';
}

/** A child, ready to be started. */
export interface CheckedChild {
  readonly name: string;
  readonly work: Work;
  /** What the process is given, without what a supervisor adds. */
  readonly options: SpawnOptions;
  readonly method: TaskMethod | undefined;
  readonly instances: number;
  readonly dependsOn: readonly string[];
  readonly restart: Restart;
  readonly significant: boolean;
  readonly ready: CheckedReady;
  readonly alive: CheckedAlive | undefined;
  readonly watchdogMs: number | undefined;
  readonly stop: CheckedStop;
  readonly listen: ReadonlyMap<string, Listen>;
  readonly cgroup: CgroupLimits | undefined;
  readonly log: LogOptions | false;
}
