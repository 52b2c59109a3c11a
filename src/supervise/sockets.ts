/**
 * The sockets that a child accepts from: opened once, before its first start, and kept by this program
 * until the supervisor is stopped. So no connection is refused while nobody is there to accept it.
 */
import { lookup } from 'node:dns/promises';
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import { resolve } from 'node:path';

import { ProcessError } from '../errors.ts';
import { platform } from '../platform/select.ts';
import type { Listen } from './child-spec.ts';

/** A socket that listens. */
export interface ListeningSocket {
  readonly fd: number;
  /** Undefined for a path. */
  readonly port: number | undefined;
  readonly path: string | undefined;
}

/** The sockets of one child, by name. */
export class Sockets {
  readonly #open = new Map<string, ListeningSocket>();
  readonly #wanted: ReadonlyMap<string, Listen>;
  readonly #child: string;

  constructor(child: string, wanted: ReadonlyMap<string, Listen>) {
    this.#child = child;
    this.#wanted = wanted;
  }

  /** Those that are open. */
  get all(): ReadonlyMap<string, ListeningSocket> {
    return this.#open;
  }

  /** Their descriptors. */
  get descriptors(): ReadonlyMap<string, number> {
    return new Map([...this.#open].map(([name, { fd }]) => [name, fd]));
  }

  /** Opens all of them, or none. @throws ProcessError that names child, socket and place. */
  async open(): Promise<void> {
    try {
      for (const [name, listen] of this.#wanted) {
        if (!this.#open.has(name)) this.#open.set(name, await openSocket(listen));
      }
    } catch (error) {
      const failed = [...this.#wanted.keys()].find((name) => !this.#open.has(name)) as string;
      this.close();
      throw this.#explained(error, failed);
    }
  }

  /** Closes them; whoever has them from us keeps them. */
  close(): void {
    for (const { fd, path } of this.#open.values()) {
      platform().descriptors.close(fd);
      if (path !== undefined) unlinkQuietly(path);
    }
    this.#open.clear();
  }

  #explained(error: unknown, name: string): unknown {
    if (!(error instanceof Error)) return error;
    const { port, host = '127.0.0.1', path } = this.#wanted.get(name) as Listen;
    const place = path ?? `port ${port} of ${host}`;
    const code = 'code' in error ? String(error.code) : 'ERR_LISTEN';
    return new ProcessError(
      `the socket ${name} of ${this.#child} cannot listen on ${place}: ${error.message}`,
      { code, cause: error },
    );
  }
}

async function openSocket({ port, host = '127.0.0.1', path }: Listen): Promise<ListeningSocket> {
  const { serviceSockets } = platform();
  if (path !== undefined) {
    const whole = resolve(path);
    await removeStale(whole);
    return { fd: serviceSockets.listenOnPath(whole), port: undefined, path: whole };
  }
  const address = isIP(host) === 0 ? (await lookup(host)).address : host;
  return { ...serviceSockets.listenOnPort(address, port ?? 0), path: undefined };
}

/** Removes a socket that nobody listens on any more; anything else is left, and bind(2) says so. */
async function removeStale(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return;
  }
  const isStale = await new Promise<boolean>((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(false);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code === 'ECONNREFUSED'));
  });
  if (isStale) unlinkQuietly(path);
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has removed it.
  }
}
