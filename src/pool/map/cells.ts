/**
 * Where each process of a run is, in memory that all of them have: written before each item, it is
 * right also of a process that was killed, and costs no message.
 */
import { SharedMemory } from '../../shared/shared-memory.ts';

/** A line of a processor's cache for each process: they would slow one another down otherwise. */
const cellBytes = 128;
const numbersPerCell = cellBytes / Float64Array.BYTES_PER_ELEMENT;
const nowhere = -1;

/** The cells of a run, one for each process that lives at a time. */
export class Cells {
  readonly #memory: SharedMemory;
  readonly #numbers: Float64Array;
  readonly #free: number[] = [];

  constructor(processes: number) {
    this.#memory = new SharedMemory(processes * cellBytes);
    this.#numbers = new Float64Array(this.#memory.buffer);
    for (let number = processes - 1; number >= 0; number--) this.#free.push(number);
  }

  /** A cell that nobody has. */
  take(): Cell {
    const number = this.#free.pop() as number;
    const cell = new Cell(this.#numbers, number);
    cell.leave();
    return cell;
  }

  /** Its process has ended. */
  giveBack(cell: Cell): void {
    this.#free.push(cell.number);
  }

  close(): void {
    this.#memory.close();
  }
}

/** What one process writes and the run reads. */
export class Cell {
  readonly number: number;
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(numbers: Float64Array, number: number) {
    this.number = number;
    this.#numbers = numbers;
    this.#at = number * numbersPerCell;
  }

  /** It begins with that item. */
  enter(index: number): void {
    this.#numbers[this.#at] = index;
  }

  /**
   * Like {@link Cell.enter}, and says when: performance.now(), whose zero a forked process has from its
   * parent. First the time: who sees the new item must not see the time of the one before.
   */
  enterTimed(index: number): void {
    this.#numbers[this.#at + 1] = performance.now();
    this.#numbers[this.#at] = index;
  }

  /** It is done with its items: from now on no time counts. What goes amiss is still the last one's. */
  rest(): void {
    this.#numbers[this.#at + 1] = Infinity;
  }

  leave(): void {
    this.#numbers[this.#at] = nowhere;
  }

  /** The item that it is at; undefined between batches. */
  get index(): number | undefined {
    const index = this.#numbers[this.#at] as number;
    return index === nowhere ? undefined : index;
  }

  /** When it began with it. */
  get since(): number {
    return this.#numbers[this.#at + 1] as number;
  }
}
