/** The NOTIFY_SOCKET of one run: only what came from the child itself, or from below it, is heard. */
import { randomBytes } from 'node:crypto';

import { platform } from '../../platform/select.ts';
import type { Remains } from '../remains.ts';

/** What can be said; other lines of the protocol are for whoever understands them. */
export type Word = 'READY' | 'STOPPING' | 'RELOADING' | 'WATCHDOG';

const words: ReadonlySet<string> = new Set<Word>(['READY', 'STOPPING', 'RELOADING', 'WATCHDOG']);

/** A socket for one run; its name ends with it, so nothing has to be cleaned up after a SIGKILL. */
export class NotifySocket {
  /** As NOTIFY_SOCKET has it: '@' stands for the NUL of the abstract namespace. */
  readonly address: string;
  readonly #fd: number;
  readonly #listeners = new Set<(word: Word, value: string) => void>();
  readonly #said = new Set<Word>();
  #cancel: (() => void) | undefined;
  #remains: Remains | undefined;
  #isOpen = true;
  /** Called with each STATUS=. */
  status: (text: string) => void = () => {};

  /** @throws UnsupportedError where there is no such socket. */
  constructor() {
    const name = `brood/${process.pid}/${randomBytes(9).toString('base64url')}`;
    this.#fd = platform().serviceSockets.notifySocket(name);
    this.address = `@${name}`;
  }

  /** Hears what those say that `remains` knows; until then it waits in the kernel. */
  listen(remains: Remains): void {
    this.#remains = remains;
    this.#wait();
  }

  /** Calls back with each word, and with those that were said before. Returns what ends it. */
  on(listener: (word: Word, value: string) => void): () => void {
    for (const word of this.#said) listener(word, '1');
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancel?.();
    platform().descriptors.close(this.#fd);
  }

  #wait(): void {
    if (!this.#isOpen) return;
    this.#cancel = platform().descriptors.whenReady(this.#fd, 'read', () => {
      this.#take();
      this.#wait();
    });
  }

  #take(): void {
    for (;;) {
      if (!this.#isOpen) return;
      const told = platform().serviceSockets.receiveNotification(this.#fd);
      if (told === undefined) return;
      if (this.#remains?.includes(told.pid) === true) this.#hear(told.text);
    }
  }

  #hear(text: string): void {
    for (const line of text.split('\n')) {
      const equals = line.indexOf('=');
      if (equals < 0) continue;
      const word = line.slice(0, equals);
      const value = line.slice(equals + 1);
      if (word === 'STATUS') this.status(value);
      if (!words.has(word)) continue;
      if (word === 'READY' && value === '1') this.#said.add('READY');
      for (const listener of this.#listeners) listener(word as Word, value);
    }
  }
}
