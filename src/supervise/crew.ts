/**
 * All instances of a supervisor. What should run is written down (`wanted`); whenever something has
 * changed, each one that is due, and whose needs are met, is started. So there is one place that starts,
 * and no order of events in which something is forgotten or started twice.
 */
import { invalidValue } from '../errors.ts';
import { checkInstances } from './check-child.ts';
import type { CheckedChild } from './checked-child.ts';
import type { Instance } from './instance.ts';
import { startOrder } from './order.ts';

/** Makes an instance of a child. */
export type MakeInstance = (child: CheckedChild, number: number) => Instance;

/** The instances, by child and in order. */
export class Crew {
  readonly children: ReadonlyMap<string, CheckedChild>;
  readonly order: readonly string[];
  readonly #needs: ReadonlyMap<string, readonly string[]>;
  readonly #instances = new Map<string, Instance[]>();
  readonly #make: MakeInstance;
  #isOpen = true;

  /** `inRow`: each one also needs the one before it. */
  constructor(children: readonly CheckedChild[], make: MakeInstance, inRow: boolean) {
    this.children = new Map(children.map((child) => [child.name, child]));
    this.order = startOrder(children);
    this.#needs = new Map(
      this.order.map((name, index) => {
        const needs = new Set(this.children.get(name)?.dependsOn);
        if (inRow && index > 0) needs.add(this.order[index - 1] as string);
        return [name, [...needs]];
      }),
    );
    this.#make = make;
    for (const child of children) {
      const numbers = Array.from({ length: child.instances }, (_, index) => index + 1);
      this.#instances.set(
        child.name,
        numbers.map((number) => make(child, number)),
      );
    }
  }

  /** All instances, in the order of their start. */
  get all(): Instance[] {
    return this.order.flatMap((name) => this.of(name));
  }

  of(name: string): readonly Instance[] {
    return this.#instances.get(name) ?? [];
  }

  /** Whether others need it, directly. */
  isNeeded(name: string): boolean {
    return [...this.#needs.values()].some((needs) => needs.includes(name));
  }

  /** Starts what is due. */
  reconcile(): void {
    if (!this.#isOpen) return;
    for (const instance of this.all) {
      const needs = this.#needs.get(instance.child.name) as readonly string[];
      const met = needs.every((name) => this.of(name).every(({ isUp }) => isUp));
      if (met && instance.isDue) instance.launch();
    }
  }

  /** Starts nothing any more. */
  close(): void {
    this.#isOpen = false;
  }

  /**
   * Stops instances, each after those that need it. Resolves when nothing of them is left.
   *
   * @throws what keeps one of them from being stopped, as a rejection, after all had their turn.
   */
  async halt(instances: readonly Instance[]): Promise<void> {
    const halts = new Map<string, Promise<void>>();
    const failures: unknown[] = [];
    for (const name of this.order.toReversed()) {
      const those = instances.filter(({ child }) => child.name === name);
      const dependents = this.order.filter((each) => this.#needs.get(each)?.includes(name));
      const halt = async (): Promise<void> => {
        await Promise.all(dependents.flatMap((each) => halts.get(each) ?? []));
        const outcomes = await Promise.allSettled(those.map((each) => each.halt()));
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') failures.push(outcome.reason);
        }
      };
      halts.set(name, halt());
    }
    await Promise.all(halts.values());
    if (failures.length > 1) throw new AggregateError(failures, 'some could not be stopped');
    if (failures.length === 1) throw failures[0];
  }

  /** The instances that `api` or `api.2` names. @throws TypeError for a name that there is not. */
  find(targets: readonly string[]): Instance[] {
    return targets.flatMap((target) => {
      const [name = '', number] = target.split('.');
      const those = this.of(name);
      if (!this.children.has(name)) throw this.#unknown(target);
      if (number === undefined) return those;
      const one = those.find((each) => String(each.number) === number);
      if (one === undefined) throw this.#unknown(target);
      return one;
    });
  }

  /** Makes so many instances of a child; gives those that are too many, which are no members any more. */
  resize(name: string, count: number): Instance[] {
    const child = this.children.get(name);
    if (child === undefined) throw this.#unknown(name);
    checkInstances(count, 'count');
    const those = this.#instances.get(name) as Instance[];
    for (let number = those.length + 1; number <= count; number++) {
      those.push(this.#make(child, number));
    }
    return those.splice(count);
  }

  #unknown(target: string): TypeError {
    return invalidValue('target', target, `must be one of ${this.order.join(', ')}`);
  }
}
