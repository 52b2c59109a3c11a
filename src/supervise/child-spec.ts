/**
 * What a supervisor and its children are, as the caller writes it: in one file, because a child may be a
 * supervisor.
 */
import type { AttributeOptions } from '../create/attribute-options.ts';
import type { Environment } from '../create/environment.ts';
import type { TaskMethod } from '../create/task/plan.ts';
import type { SignalName } from '../signal/signal-names.ts';
import type { CgroupLimits } from './cgroup.ts';
import type { LogOptions } from './log/log-options.ts';
import type { Strategy } from './strategy.ts';

/**
 * Whether a child that ended by itself is started again: `'always'`; `'on-failure'`: unless it ended
 * with exit code 0; `'never'`. A death by a signal is a failure.
 */
export type Restart = 'always' | 'on-failure' | 'never';

/** Something that can be asked again and again: a port that takes connections, a page, a program. */
export interface Probe {
  /** A TCP port (of 127.0.0.1), or `host:port`: it takes a connection. */
  readonly tcp?: number | string | undefined;
  /** An http: URL: it answers with a status from 200 to 399. */
  readonly http?: string | URL | undefined;
  /** A program with its arguments: it ends with 0. It gets the environment and folder of the child. */
  readonly exec?: readonly [string, ...string[]] | undefined;
}

/** When a child counts as ready: one of these. */
export interface ReadyProbe extends Probe {
  /** A line of its output in which that is found. */
  readonly log?: string | RegExp | undefined;
  /** Milliseconds for it to become ready, 30000 by default; after that it is stopped: a failure. */
  readonly timeout?: number | undefined;
  /** Milliseconds from one attempt to the next, 100 by default. */
  readonly interval?: number | undefined;
}

/**
 * When a child counts as ready: `'started'` (by default: its program runs), `'notify'` (it says
 * READY=1 on NOTIFY_SOCKET; source: sd_notify(3)), `'finished'` (it ended with 0: a migration), or
 * a {@link ReadyProbe}.
 */
export type Ready = 'started' | 'notify' | 'finished' | ReadyProbe;

/** How it is looked whether a child that is ready still is. */
export interface Alive extends Probe {
  /** Milliseconds from one look to the next, 10000 by default. */
  readonly interval?: number | undefined;
  /** Milliseconds for one look, 1000 by default. */
  readonly timeout?: number | undefined;
  /** So many looks in a row must fail until it is stopped as unhealthy, 3 by default. */
  readonly failures?: number | undefined;
}

/** How a child is stopped. */
export interface Stop {
  /** What it is asked with, `'SIGTERM'` by default. */
  readonly signal?: SignalName | number | undefined;
  /** Milliseconds from there to SIGKILL, 5000 by default. */
  readonly grace?: number | undefined;
  /**
   * Who gets that signal: `'tree'` (by default), all that came from the child; `'process'`, the child
   * alone. SIGKILL goes to all of the tree either way.
   */
  readonly scope?: 'tree' | 'process' | undefined;
}

/** Where a socket listens: a port (0: any) of a host (127.0.0.1 by default), or a path. */
export interface Listen {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
}

/** The attributes of a process that a supervisor does not set itself. */
type GivenAttributes = Omit<
  AttributeOptions,
  'processGroup' | 'session' | 'controllingTerminal' | 'cgroup' | 'deathSignal'
>;

/**
 * A child of a supervisor: one of `command`, `task`, `module` and `supervisor`, and how it is looked
 * after. Attributes (`uid`, `limits`, `priority` …) are those of spawn().
 */
export interface ChildSpec extends GivenAttributes {
  /** Letters, digits, `-` and `_`; unlike all others of the same supervisor. */
  readonly name: string;
  /** A program and its arguments, or a line for the shell. */
  readonly command?: string | readonly [string, ...string[]] | undefined;
  /** A function for a process of its own, as with task(). */
  readonly task?: ((...args: never[]) => unknown) | undefined;
  /** The URL or absolute path of a module whose function is run in a process of its own. */
  readonly module?: string | URL | undefined;
  /** The name of that function, `'main'` by default. */
  readonly export?: string | undefined;
  /** The arguments of `task` or `module`. */
  readonly args?: readonly unknown[] | undefined;
  /** How the process of `task` or `module` comes to be. */
  readonly method?: TaskMethod | undefined;
  /** A supervisor of its own, in this program; its giving up is the failure of this child. */
  readonly supervisor?: SupervisorOptions | undefined;

  /** How many of it run at the same time, 1 by default. */
  readonly instances?: number | undefined;
  /** The names of those that must be ready before it is started. */
  readonly dependsOn?: readonly string[] | undefined;
  /** See {@link Restart}; `'on-failure'` by default. */
  readonly restart?: Restart | undefined;
  /** When it has ended for good, the supervisor stops all others, and ends. */
  readonly significant?: boolean | undefined;
  readonly ready?: Ready | undefined;
  readonly alive?: Alive | undefined;
  /**
   * Milliseconds within which it must say WATCHDOG=1 on NOTIFY_SOCKET, again and again once it is
   * ready; it finds them as WATCHDOG_USEC in its environment. Source: sd_watchdog_enabled(3).
   */
  readonly watchdog?: number | undefined;
  readonly stop?: Stop | undefined;
  /**
   * Sockets that this program listens on and the child accepts from, by name: its descriptors from 3
   * on, told by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES. Source: sd_listen_fds(3). They stay open
   * over restarts and reloads, so no connection is refused. For `command` only.
   */
  readonly listen?: Readonly<Record<string, Listen>> | undefined;
  /**
   * A cgroup v2 of its own below that of this program: all that came from it is in there, and is
   * stopped by it. With limits where the controllers are delegated to us. Source: cgroups(7).
   */
  readonly cgroup?: boolean | CgroupLimits | undefined;
  /** Where its output goes, instead of what the supervisor says; false: nowhere but to events. */
  readonly log?: LogOptions | false | undefined;

  readonly cwd?: string | URL | undefined;
  /** As for spawn(): replaces ours, unless `extendEnv` is true. */
  readonly env?: Environment | undefined;
  readonly extendEnv?: boolean | undefined;
}

/** Pauses before restarts, in milliseconds; the first restart in a row is immediate. */
export interface BackoffOptions {
  /** Before the second restart in a row, 100 by default; then `factor` times more each time. */
  readonly min?: number | undefined;
  /** The longest, 30000 by default. */
  readonly max?: number | undefined;
  /** 2 by default. */
  readonly factor?: number | undefined;
  /** 0 to 1: how far a pause may be from that, by chance; 0.5 by default. */
  readonly jitter?: number | undefined;
}

/** Options of {@link Supervisor}. */
export interface SupervisorOptions {
  /** What it looks after; started in this order as far as `dependsOn` does not say otherwise. */
  readonly children: readonly ChildSpec[];
  /** What is restarted when one of them ends, `'one-for-one'` by default. */
  readonly strategy?: Strategy | undefined;
  /** At most so many restarts within `period`, 5 by default; one more, and it gives up. */
  readonly intensity?: number | undefined;
  /** Milliseconds, 10000 by default. A child that ran for so long has no back-off any more. */
  readonly period?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Where the output of children goes, by lines; by default to that of this program, with the name in
   * front. false: nowhere but to events.
   */
  readonly log?: LogOptions | false | undefined;
}
