/** A run that has a process of its own. */
import { randomBytes } from 'node:crypto';

import { Task } from '../../create/task/task-handle.ts';
import type { Child } from '../../process/child.ts';
import { Cgroup } from '../cgroup.ts';
import type { CheckedChild } from '../checked-child.ts';
import { watchHealth } from '../health.ts';
import type { LogSink, Speaker } from '../log/batch.ts';
import { Pump } from '../log/pump.ts';
import { NotifySocket } from '../readiness/notify-socket.ts';
import { waitUntilReady } from '../readiness/readiness.ts';
import { Remains } from '../remains.ts';
import { stopRun } from '../stop-run.ts';
import type { Run, RunEnd } from './run.ts';
import { startProcess } from './start-process.ts';

/** How long what still holds the output of an ended child may say nothing until it is given up. */
const idleMs = 1000;

/** Who a run belongs to. */
export interface RunOwner {
  readonly child: CheckedChild;
  readonly speaker: Speaker;
  readonly sinks: readonly LogSink[];
  readonly sockets: ReadonlyMap<string, number>;
  /** It will be stopped: it is not well. */
  unhealthy(reason: string): void;
  /** It told its state in words: STATUS= of sd_notify(3). */
  status(text: string): void;
  /** Lines of a run that is over wait for a place to go to. */
  lingering(done: Promise<void>): void;
}

/** Starts the process of a child. @throws what keeps it from starting, as a rejection. */
export async function startProcessRun(owner: RunOwner): Promise<Run> {
  const { child, speaker } = owner;
  const notifies = child.ready.kind === 'notify' || child.watchdogMs !== undefined;
  const cgroup = child.cgroup === undefined ? undefined : new Cgroup(speaker.label, child.cgroup);
  let socket: NotifySocket | undefined;
  try {
    socket = notifies ? new NotifySocket() : undefined;
    const mark = `${process.pid}-${randomBytes(9).toString('base64url')}`;
    const started = await startProcess(child, {
      mark,
      instance: speaker.instance,
      cgroup,
      variables: variablesOf(child, socket),
      sockets: owner.sockets,
    });
    return new ProcessRun(owner, { process: started, mark, cgroup, socket });
  } catch (error) {
    socket?.close();
    cgroup?.remove();
    throw error;
  }
}

function variablesOf(
  { watchdogMs }: CheckedChild,
  socket: NotifySocket | undefined,
): Record<string, string> {
  const variables: Record<string, string> = {};
  if (socket !== undefined) variables['NOTIFY_SOCKET'] = socket.address;
  if (watchdogMs !== undefined) variables['WATCHDOG_USEC'] = String(Math.round(watchdogMs * 1000));
  return variables;
}

interface Parts {
  readonly process: Child;
  readonly mark: string;
  readonly cgroup: Cgroup | undefined;
  readonly socket: NotifySocket | undefined;
}

class ProcessRun implements Run {
  readonly pid: number;
  readonly startedAt: number = performance.now();
  readonly ended: Promise<RunEnd>;
  readonly ready: Promise<boolean>;
  readonly #owner: RunOwner;
  readonly #parts: Parts;
  readonly #remains: Remains;
  readonly #pump: Pump;
  /** Aborted when the process has ended: nobody needs to look at it any more. */
  readonly #over = new AbortController();
  readonly #force = new AbortController();
  #stopping: Promise<void> | undefined;
  #error: unknown;
  #unwell: string | undefined;

  constructor(owner: RunOwner, parts: Parts) {
    this.#owner = owner;
    this.#parts = parts;
    const child = parts.process;
    this.pid = child.pid;
    this.#remains = new Remains(child.pid, parts.mark, parts.cgroup);
    this.#pump = new Pump({ ...owner, pid: child.pid, ...streamsOf(child) }, owner.sinks);
    if (child instanceof Task) child.result.catch((error: unknown) => (this.#error = error));
    parts.socket?.listen(this.#remains);
    this.ready = this.#becomeReady();
    this.ended = this.#follow();
    // Who asks for the end hears of its failure; that nobody asks is no failure of its own.
    this.ended.catch(() => undefined);
  }

  async stop(): Promise<RunEnd> {
    await this.#clear();
    return this.ended;
  }

  force(): void {
    this.#force.abort();
  }

  async #becomeReady(): Promise<boolean> {
    const { child } = this.#owner;
    const { socket } = this.#parts;
    if (socket !== undefined) socket.status = (text) => this.#owner.status(text);
    const why = await waitUntilReady(child, {
      over: this.#over.signal,
      pump: this.#pump,
      socket,
      ended: () => this.#parts.process.wait(),
    });
    if (why !== undefined) {
      this.#fail(why);
      return false;
    }
    // What is ready when it has finished is told so by its end.
    if (this.#over.signal.aborted || child.ready.kind === 'finished') return false;
    watchHealth(child, { over: this.#over.signal, socket, fail: (reason) => this.#fail(reason) });
    return true;
  }

  /** It is not well: stopped, and that counts as a failure. */
  #fail(reason: string): void {
    if (this.#over.signal.aborted || this.#stopping !== undefined) return;
    this.#unwell = reason;
    this.#owner.unhealthy(reason);
    // Its failure is that of `ended`, which waits for the same.
    this.#clear().catch(() => undefined);
  }

  async #follow(): Promise<RunEnd> {
    const status = await this.#parts.process.wait();
    this.#over.abort();
    try {
      if (this.#stopping !== undefined || this.#remains.rows().length > 0) await this.#clear();
      else this.#parts.cgroup?.remove();
      await this.#drain();
    } finally {
      this.#parts.socket?.close();
    }
    const wasUnwell = this.#unwell !== undefined;
    return { ok: status.ok && !wasUnwell, status, error: this.#unwell ?? this.#error };
  }

  /** Output that has somewhere to go is read to its end; for the rest nobody waits here. */
  async #drain(): Promise<void> {
    switch (await this.#pump.settle(idleMs)) {
      case 'done':
        return;
      case 'held':
        this.#owner.lingering(this.#pump.done);
        return;
      case 'idle':
        // What still holds the pipe is none of ours: nothing of the child is left.
        this.#pump.letGo();
    }
  }

  #clear(): Promise<void> {
    this.#stopping ??= stopRun(
      { remains: this.#remains, cgroup: this.#parts.cgroup, main: this.#parts.process },
      this.#owner.child.stop,
      this.#force.signal,
    );
    return this.#stopping;
  }
}

function streamsOf(child: Child): Pick<Child, 'stdout' | 'stderr'> {
  return { stdout: child.stdout, stderr: child.stderr };
}
