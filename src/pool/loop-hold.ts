/** Something that keeps the event loop alive while it is wanted. */

/** Longer than any timer is. */
const forEver = 0x7fff_ffff;

/** Keeps the loop alive while there are more holds than releases. */
export class LoopHold {
  readonly #timer: NodeJS.Timeout = setInterval(() => {}, forEver).unref();
  #holds = 0;

  hold(): void {
    if (this.#holds++ === 0) this.#timer.ref();
  }

  release(): void {
    if (--this.#holds === 0) this.#timer.unref();
  }

  /** It never holds again. */
  end(): void {
    clearInterval(this.#timer);
  }
}
