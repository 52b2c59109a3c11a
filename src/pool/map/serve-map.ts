/** Inside a process of map(): batch after batch, from its items to their results. */
import { inspect } from 'node:util';

import { ChannelError } from '../../channel/channel-error.ts';
import type { Channel } from '../../channel/channel.ts';
import { clone } from '../../channel/clone.ts';
import { encodeThrown, type CodedThrow } from '../../channel/error-codec.ts';
import type { Answer, Batch } from './batch.ts';
import type { Cell } from './cells.ts';

/** What a process of a run does; all of it is in the memory that it has inherited. */
export interface MapWork {
  readonly fn: (item: unknown, index: number) => unknown;
  /** The items, where they are in memory before the fork. */
  readonly inherited: ArrayLike<unknown> | undefined;
  /** Nobody wants the results. */
  readonly discards: boolean;
  /** A batch that takes long, or has large results, is not done to its end but given back. */
  readonly divides: boolean;
  /** Somebody looks at how long each item takes. */
  readonly timed: boolean;
}

/** After so long the rest of a batch is given back: others may have nothing to do. */
const longestMs = 200;
/** So do results of so many bytes. */
const heaviest = 8_388_608;
/** The clock is looked at after each so many items: it costs as much as a small item does. */
const stride = 16;

/** Works off batches until the channel ends. */
export async function serveMap(
  work: MapWork,
  cell: Cell,
  channel: Channel<Batch, Answer>,
): Promise<void> {
  for await (const batch of channel) {
    const answer = await workOff(batch, work, cell);
    cell.rest();
    try {
      await channel.send(answer);
    } catch (error) {
      // The run is over, and so are we.
      if (error instanceof ChannelError) return;
      await channel.send(upToUnclonable(answer, error));
    }
    cell.leave();
  }
}

async function workOff(batch: Batch, work: MapWork, cell: Cell): Promise<Answer> {
  const { fn, inherited, divides, timed, discards } = work;
  const { from, to } = batch;
  const items = batch.items ?? (inherited as ArrayLike<unknown>);
  const first = batch.items === undefined ? 0 : from;
  const values: unknown[] = [];
  const start = performance.now();
  const end = divides ? start + longestMs : Infinity;
  let weight = 0;
  let index = from;
  let look = from + stride;
  let thrown: CodedThrow | undefined;
  try {
    for (; index < to; index++) {
      if (timed) cell.enterTimed(index);
      else cell.enter(index);
      let value = fn(items[index - first], index);
      if (isThenable(value)) {
        value = await value;
        look = index;
      }
      if (!discards) {
        values.push(value);
        if (typeof value !== 'number') weight += weightOf(value);
      }
      if (index < look) continue;
      look = index + stride;
      if (divides && (weight > heaviest || performance.now() > end)) {
        index++;
        break;
      }
    }
  } catch (error) {
    thrown = encodeThrown(error) ?? unclonable(`threw ${inspect(error, { depth: 0 })}`, index);
  }
  const count = index - from;
  const ms = performance.now() - start;
  return { from, count, values: discards ? undefined : values, ms, weight, thrown };
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** About how many bytes: exact only where that is many and easily known. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : 0;
}

/** The part of an answer before the first result that cannot be cloned, with the error of that. */
function upToUnclonable(answer: Answer, error: unknown): Answer {
  const values = answer.values ?? [];
  for (const [at, value] of values.entries()) {
    try {
      clone(value, 0);
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : inspect(cause, { depth: 0 });
      const index = answer.from + at;
      const thrown = unclonable(`returned what cannot be cloned: ${words}`, index);
      return { ...answer, count: at, values: values.slice(0, at), thrown };
    }
  }
  // Each for itself can be: so it is this process that cannot.
  throw error;
}

function unclonable(what: string, index: number): CodedThrow {
  const error = new DOMException(`the function of item ${index} ${what}`, 'DataCloneError');
  return encodeThrown(error) as CodedThrow;
}
