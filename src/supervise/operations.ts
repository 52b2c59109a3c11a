import { ProcessError } from '../errors.ts';
/** What can be asked of a supervisor while it is at work. */
import type { Engine } from './engine.ts';
import type { Instance } from './instance.ts';
import type { KeptLine } from './log/tail.ts';
import { withDependencies } from './order.ts';

/** The operations on some of its children. */
export class Operations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async restart(targets: readonly string[]): Promise<void> {
    const those = this.#chosen(targets);
    for (const instance of those) {
      instance.revive();
      instance.wanted = true;
    }
    await this.#engine.recovery.cycle(those, 0);
    await this.#engine.whenUp(those);
  }

  async start(targets: readonly string[]): Promise<void> {
    const { crew } = this.#engine;
    const those = this.#chosen(targets);
    const names = withDependencies(
      those.map(({ child }) => child.name),
      crew.children,
    );
    const needed = [...names].flatMap((name) => crew.of(name)).filter(({ isUp }) => !isUp);
    for (const instance of new Set([...needed, ...those])) {
      instance.revive();
      instance.wanted = true;
    }
    crew.reconcile();
    await this.#engine.whenUp(those);
  }

  async stop(targets: readonly string[]): Promise<void> {
    const those = this.#chosen(targets);
    for (const instance of those) instance.wanted = false;
    await this.#engine.crew.halt(those);
  }

  async reload(targets: readonly string[]): Promise<void> {
    for (const instance of this.#chosen(targets)) await instance.reload();
  }

  async scale(name: string, count: number): Promise<void> {
    const { crew, outputs } = this.#engine;
    this.#chosen([name]);
    const surplus = crew.resize(name, count);
    for (const instance of surplus) instance.isRetired = true;
    for (const instance of crew.of(name)) {
      outputs.announce(instance.speaker);
      instance.wanted = true;
    }
    crew.reconcile();
    await crew.halt(surplus);
    await this.#engine.whenUp(crew.of(name));
  }

  tail(names: readonly string[], lines: number): KeptLine[] {
    const { crew, outputs } = this.#engine;
    const chosen = names.length === 0 ? crew.all : crew.find(names);
    return outputs.tail.last(lines, (name, instance) =>
      chosen.some(({ child, number }) => child.name === name && number === instance),
    );
  }

  /** @throws TypeError for a name that is none; ProcessError `ERR_INVALID_STATE` at the wrong time. */
  #chosen(targets: readonly string[]): readonly Instance[] {
    const those = this.#engine.crew.find(targets);
    if (this.#engine.isAtWork) return those;
    throw new ProcessError(
      'the supervisor is not at work: start() was not called, or it has ended',
      {
        code: 'ERR_INVALID_STATE',
      },
    );
  }
}
