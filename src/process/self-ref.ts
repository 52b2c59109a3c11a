/** References of the platform's kind for two special cases: this program, and what has ended already. */
import { ProcessError } from '../errors.ts';
import type { End, ProcessRef } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';

/** What cannot be answered: a process that has read the answer has not ended. */
export function cannotWaitForItself(): ProcessError {
  return new ProcessError(
    `a process cannot wait for itself (${process.pid}): use current.exit() to end, current.onExit() to hear of it`,
    { code: 'ERR_INVALID_STATE', pid: process.pid },
  );
}

/** This program. Its pid is asked for each time: it changes in a fork. */
export class SelfRef implements ProcessRef {
  readonly owned = false;

  get pid(): number {
    return process.pid;
  }

  end(): undefined {
    return undefined;
  }

  onEnd(): void {}

  waitSync(): never {
    throw cannotWaitForItself();
  }

  ref(): void {}

  unref(): void {}

  signal(number: number): boolean {
    return process.kill(process.pid, number);
  }

  inode(): bigint | undefined {
    const ref = platform().attach(process.pid);
    const inode = ref.inode?.();
    ref.release?.();
    return inode;
  }

  setCleanup(): void {}
}

/** A child that was reaped. */
export class EndedRef implements ProcessRef {
  readonly pid: number;
  readonly owned = true;
  readonly #end: End;

  constructor(pid: number, end: End) {
    this.pid = pid;
    this.#end = end;
  }

  end(): End {
    return this.#end;
  }

  onEnd(callback: (end: End) => void): void {
    queueMicrotask(() => callback(this.#end));
  }

  waitSync(): End {
    return this.#end;
  }

  ref(): void {}

  unref(): void {}

  signal(): boolean {
    return false;
  }

  setCleanup(): void {}
}
