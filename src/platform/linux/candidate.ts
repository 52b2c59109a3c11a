/** A child that a fork server has made: it waits to be told what it is to be. */
import type { NativeAddon } from '../binding.ts';
import { spawnFailure } from '../spawn-failure.ts';
import { Exchange } from './exchange.ts';
import type { Outfit } from './outfit.ts';
import type { LinuxRef } from './processes.ts';
import { sigkill } from './server-start.ts';
import type { SetUpFailure } from './server-words.ts';

/** One that is no task yet. Nobody but brood knows of it. */
export class Candidate {
  readonly ref: LinuxRef;
  readonly #exchange: Exchange;

  constructor(addon: NativeAddon, ref: LinuxRef, control: number) {
    this.ref = ref;
    this.#exchange = new Exchange(addon, control);
  }

  /**
   * Makes it what is asked for, and gives our end of its socket. Rejects with a `Hangup` if it
   * ended before anything could begin, and with a SpawnError where a step failed.
   */
  async become(outfit: Outfit, program: string): Promise<number> {
    try {
      await this.#exchange.send(outfit.message, outfit.descriptors);
      const header = await this.#exchange.receive(4);
      const size = header.data.readInt32LE();
      if (size === 0) return this.#exchange.release();
      const { data } = await this.#exchange.receive(size);
      throw spawnFailure(program, JSON.parse(data.toString()) as SetUpFailure);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** It is not needed. */
  discard(): void {
    this.#exchange.close();
    this.ref.signal(sigkill);
  }

  /** In a forked child of ours: it is the parent's. */
  letGo(): void {
    this.#exchange.close();
  }
}
