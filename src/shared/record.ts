/** A record in shared memory, asked in the two ways: blocking this thread, or not. */
import { ProcessError, invalidType, invalidValue, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import {
  asItIs,
  recordBytes,
  type RecordAnswer,
  type RecordPlan,
  type RecordRequest,
} from '../platform/shared-records.ts';
import { whenOver, type Bound } from '../process/time.ts';
import { SharedMemory } from './shared-memory.ts';

/** How many can wait in their order; those beyond try again every few milliseconds. */
const places = 120;

/** A plan of which nothing but the kind is unusual. */
export function planOf(plan: Partial<RecordPlan> & Pick<RecordPlan, 'kind'>): RecordPlan {
  return { slots: places, shares: 0, total: 0, most: 0, bytes: 0, ...plan };
}

/** For one that found no free place: how soon it asks again, in milliseconds. */
const soonMs = 5;

export class SharedRecord {
  readonly memory: SharedMemory;
  readonly offset: number;

  /**
   * Makes the record, or takes the one that is there. Without `memory` it gets its own.
   *
   * @throws TypeError `ERR_INVALID_ARG_VALUE` if there is something else, RangeError if it does not fit.
   */
  constructor(plan: RecordPlan, memory: SharedMemory | undefined, offset: number) {
    const bytes = recordBytes(plan);
    if (memory !== undefined) checkPlace(memory, offset, bytes);
    this.memory = memory ?? new SharedMemory(bytes);
    this.offset = offset;
    const outcome = platform().shared.prepare(this.#place(), plan);
    if (outcome === 'done') return;
    const wanted = plan.total === asItIs ? 'must be where one was made' : 'must be free';
    throw invalidValue('offset', offset, `${wanted}, or of a ${plan.kind} with the same options`);
  }

  /** Asks, and waits for nothing. */
  ask(request: RecordRequest): RecordAnswer {
    return platform().shared.ask(this.#place(), request);
  }

  /** Asks, and blocks this thread; 'timedOut' after the bound. */
  askSync(request: RecordRequest, bound: Bound | undefined): RecordAnswer {
    return this.ask({ ...request, blockMs: leftOf(bound) });
  }

  /** Asks, and resolves with the answer; `undo`: what gives back what came when nobody wants it. */
  async askLater(
    request: RecordRequest,
    bound: Bound | undefined,
    undo?: RecordRequest,
  ): Promise<RecordAnswer> {
    let leave = leftOf(bound) === 0;
    let answer = this.ask({ ...request, leave, tend: leave });
    while (answer.outcome === 'wait' || answer.outcome === 'lost') {
      const slot = answer.outcome === 'lost' ? -1 : answer.slot;
      if (answer.outcome === 'wait') leave = await this.#sleep({ ...request, slot }, bound, undo);
      answer = this.ask({ ...request, slot, leave });
    }
    return answer;
  }

  /** Resolves when the state is not `expected` any more; true: the bound was over first. */
  whenState(expected: number, bound: Bound | undefined): Promise<boolean> {
    return this.#until(
      bound,
      () => undefined,
      (wake) => platform().shared.watch(this.#place(), -1, expected, wake),
    );
  }

  /** Resolves when the place has changed; true: the bound was over first. */
  #sleep(request: RecordRequest, bound: Bound | undefined, undo?: RecordRequest): Promise<boolean> {
    const giveUp = (): void => {
      const { outcome } = this.ask({ ...request, leave: true });
      if (outcome === 'done' && undo !== undefined) this.ask(undo);
    };
    const slot = request.slot ?? -1;
    return this.#until(bound, giveUp, (wake) => {
      if (slot >= 0) return platform().shared.watch(this.#place(), slot, 0, wake);
      const timer = setTimeout(wake, soonMs);
      return () => clearTimeout(timer);
    });
  }

  /** `giveUp`: called when the memory is closed meanwhile, or nothing can be waited for. */
  #until(
    bound: Bound | undefined,
    giveUp: () => void,
    watch: (wake: () => void) => () => void,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        cancelWatch();
        cancelBound?.();
        stopCaring();
      };
      let cancelWatch: () => void;
      try {
        cancelWatch = watch(() => {
          end();
          resolve(false);
        });
      } catch (error) {
        // No thread could be had: the place must not be kept by one that does not look after it.
        giveUp();
        reject(error);
        return;
      }
      const cancelBound =
        bound &&
        whenOver(bound, () => {
          end();
          resolve(true);
        });
      const stopCaring = SharedMemory.whileOpen(this.memory, () => {
        end();
        giveUp();
        reject(closedError());
      });
    });
  }

  #place(): { buffer: ArrayBuffer; offset: number } {
    if (this.memory.isClosed) throw closedError();
    return { buffer: this.memory.buffer, offset: this.offset };
  }
}

/** Milliseconds, 0: it is over. */
export function leftOf(bound: Bound | undefined): number {
  if (bound === undefined) return Infinity;
  return bound.signal?.aborted === true ? 0 : bound.remaining();
}

function closedError(): ProcessError {
  return new ProcessError('the shared memory was closed', { code: 'EBADF' });
}

function checkPlace(memory: unknown, offset: unknown, bytes: number): void {
  if (!(memory instanceof SharedMemory)) throw invalidType('memory', 'a SharedMemory', memory);
  if (memory.isClosed) throw closedError();
  if (typeof offset !== 'number') throw invalidType('offset', 'a number', offset);
  const most = memory.byteLength - bytes;
  if (!Number.isInteger(offset) || offset < 0 || offset % 8 !== 0 || offset > most) {
    const range = `a multiple of 8 with ${bytes} bytes behind it, within ${memory.byteLength}`;
    throw outOfRange('offset', range, offset);
  }
}
