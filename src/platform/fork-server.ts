/** The fork server: what it is asked for, and what it gives. Part of the contract of platform.ts. */
import type { Duplex } from 'node:stream';

import type { SpawnRequest, Started } from './new-process.ts';
import type { ProcessRef } from './process-ref.ts';

/** What a fork server is to be, fully worked out. */
export interface ForkServerPlan {
  /** The module that the server runs. */
  readonly script: string;
  /** Options of Node. */
  readonly execArgv: readonly string[];
  /** What it imports before it serves, in order: URLs, names of packages. */
  readonly preload: readonly string[];
  /** The file from which names of packages are looked up. */
  readonly base: string;
  /** How many children wait, ready made, for a task. */
  readonly spares: number;
  /** It ends when nothing was asked of it for so many milliseconds. */
  readonly idleMs: number;
}

/** A process that was forked from the program at one moment, and from which others are forked later. */
export interface TemplatePlan {
  /** What it is called in errors: 'the template of …'. */
  readonly title: string;
  /** How many children wait, ready made, besides the one that takes its place if it dies. */
  readonly spares: number;
  /**
   * Forks it. It inherits the descriptor `channel`, which is open until this resolves, and is to call
   * {@link Serving.serve} with it; in a process group of its own.
   */
  readonly start: (channel: number) => Promise<ProcessRef>;
}

/** A child of the program that a fork server has made and that was set up. */
export interface Served extends Started {
  /** Our end of the socket pair whose other end it was given ({@link Serving.serve}). */
  readonly control: Duplex;
}

/** The program's side of a fork server. It is started when it is needed, and again if it dies. */
export interface ForkServer {
  /** Resolves when it serves. Rejects with a ProcessError that says why it does not. */
  prepare(): Promise<void>;
  /**
   * A new child: of `request` its program is a mere name, and candidates and argv do not count.
   * Rejects with a SpawnError for what could not be set up, and a ProcessError where there is no server.
   */
  start(request: SpawnRequest): Promise<Served>;
  /** Ends it and its spares; what was started goes on. Resolves when they have ended. */
  close(): Promise<void>;
  /** The pid of the server; undefined while there is none. */
  readonly pid: number | undefined;
}

/** Why a server cannot serve, as it tells the program. */
export interface ServerFailure {
  /** ProcessError.code */
  readonly code: string;
  readonly message: string;
  /** The error of a module that could not be imported. */
  readonly cause?: { readonly name: string; readonly message: string; readonly stack: string };
}

/** Inside a fork server. `channel` is the descriptor that leads to the program. */
export interface Serving {
  /** Which module is imported now, by its place in the list. */
  tellImporting(channel: number, index: number): void;
  tellFailure(channel: number, failure: ServerFailure): void;
  /** What the event loop holds that children would share, each in words. */
  openHandles(): string[];
  /** Goes through what a child does before it is set up, and through a set-up that changes nothing. */
  rehearse(): void;
  /**
   * Serves forks, and returns only in a child, with its control descriptor, when a request for it has
   * come. `beSetUp` makes it what was asked for, and says whether that is to serve as this one did, over
   * the control descriptor; where it fails it tells the program and ends.
   * `room`: descriptors from 3 up to `channel` are kept free for what children are given.
   * A string: why this process cannot serve.
   */
  serve(channel: number, room: boolean): { readonly control: number; beSetUp(): boolean } | string;
}
