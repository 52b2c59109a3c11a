/** The side of `brood up`: answers those who ask, whatever becomes of them. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

import { ProcessError } from '../../../index.ts';
import type { RuntimeFolder } from '../folder.ts';
import { encode, LineReader, longestLine, protocolVersion, readQuestion } from './protocol.ts';
import type { Question } from './protocol.ts';

/** So many bytes may wait for one who does not read; then what is not his answer is left out. */
const mostWaiting = 1024 * 1024;

/** One who asked. */
export interface Asker {
  /** Aborted when he is gone. */
  readonly gone: AbortSignal;
  /** A part of the answer; false if it was left out, because he does not read. */
  readonly tell: (item: unknown) => boolean;
}

/** What answers a question: the result. */
export type Respond = (question: Question, asker: Asker) => Promise<unknown>;

/** Somebody has the lock of the project: another `brood up`. */
export class AlreadyUp extends ProcessError {
  constructor() {
    super('brood up runs in this folder already', { code: 'EADDRINUSE' });
  }
}

/** The socket of one `brood up`. */
export class ControlServer {
  readonly #folder: RuntimeFolder;
  readonly #respond: Respond;
  readonly #lock: Server = createServer((socket) => socket.destroy());
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #clients = new Set<Socket>();

  constructor(folder: RuntimeFolder, respond: Respond) {
    this.#folder = folder;
    this.#respond = respond;
  }

  /**
   * Takes the lock, and opens the socket. The one of a `brood up` that was killed is in the way, and
   * nobody's: who has the lock may remove it. @throws AlreadyUp, as a rejection.
   */
  async open(): Promise<void> {
    try {
      await listening(this.#lock, this.#folder.lock);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new AlreadyUp();
      throw error;
    }
    rmSync(this.#folder.socket, { force: true });
    const open = listening(this.#server, this.#folder.socket);
    await open;
    // The folder lets nobody else in; the socket says so as well.
    chmodSync(this.#folder.socket, 0o600);
  }

  /** Resolves when answers that are done were sent, and everything is closed. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.end();
    setTimeout(() => {
      for (const client of this.#clients) client.destroy();
    }, 1000).unref();
    await Promise.all([closed(this.#server), closed(this.#lock)]);
  }

  #serve(socket: Socket): void {
    this.#clients.add(socket);
    const gone = new AbortController();
    const reader = new LineReader(longestLine);
    // He may go as he likes: a reset is his end, too.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#clients.delete(socket);
      gone.abort();
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      try {
        for (const line of reader.push(text)) void this.#answer(socket, gone.signal, line);
      } catch (error) {
        socket.end(refusal(0, error));
      }
    });
  }

  async #answer(socket: Socket, gone: AbortSignal, line: string): Promise<void> {
    let id = 0;
    try {
      const question = readQuestion(line);
      id = question.id;
      const tell = (item: unknown): boolean => {
        if (socket.destroyed || socket.writableLength > mostWaiting) return false;
        socket.write(encode({ brood: protocolVersion, id, item }));
        return true;
      };
      const result = await this.#respond(question, { gone, tell });
      if (!socket.destroyed) {
        socket.write(encode({ brood: protocolVersion, id, done: true, result }));
      }
    } catch (error) {
      if (!socket.destroyed) socket.write(refusal(id, error));
    }
  }
}

function refusal(id: number, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_BROOD';
  const message = error instanceof Error ? error.message : String(error);
  return encode({ brood: protocolVersion, id, done: true, error: { code, message } });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
