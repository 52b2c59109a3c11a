/** Memory between processes, over the addon. */
import type { NativeAddon } from '../binding.ts';
import {
  operations,
  outcomes,
  recordKinds,
  type Outcome,
  type RecordAnswer,
  type RecordPlace,
  type RecordRequest,
  type SharedRecords,
} from '../shared-records.ts';
import { translated } from '../translate.ts';
import { findMemory, memoryName, reserveName } from './named-memory.ts';

/** The word of a place whose owner waits. */
const waiting = 1;

/** Binds {@link SharedRecords} to the addon. */
export function createSharedRecords(addon: NativeAddon): SharedRecords {
  const said = new Float64Array(3);
  return {
    create: (name, bytes) => translated(() => addon.createMemory(memoryName(name), bytes)),
    map: (fd) => translated(() => addon.mapMemory(fd)),
    unmap: (buffer) => addon.unmapMemory(buffer),
    find: findMemory,
    reserve: (name) => reserveName(addon, name),
    prepare: ({ buffer, offset }, { kind, slots, shares, total, most, bytes }) => {
      const numbers = [recordKinds[kind], slots, shares, total, most, bytes] as const;
      const outcome = translated(() => addon.prepareRecord(buffer, offset, ...numbers));
      return outcomes[outcome] as Outcome;
    },
    ask: (place, request) => translated(() => ask(addon, place, request, said)),
    watch: ({ buffer, offset }, slot, expected, callback) => {
      const word = slot < 0 ? expected : waiting;
      const token = translated(() => addon.watchWord(buffer, offset, slot, word, callback));
      return () => addon.unwatchWord(token);
    },
  };
}

function ask(
  addon: NativeAddon,
  place: RecordPlace,
  request: RecordRequest,
  said: Float64Array,
): RecordAnswer {
  const { operation, count = 1, slot = -1, leave = false, tend = false, blockMs, data } = request;
  const flags = (leave ? 1 : 0) | (tend ? 2 : 0) | (blockMs === undefined ? 0 : 4);
  const bound = blockMs === undefined || blockMs === Infinity ? -1 : blockMs;
  const answer = addon.askRecord(
    place.buffer,
    place.offset,
    operations[operation],
    count,
    slot,
    flags,
    bound,
    said,
    data,
  );
  const isMessage = typeof answer !== 'number';
  const [freeSlot, died, value] = said as unknown as [number, number, number];
  return {
    outcome: isMessage ? 'done' : (outcomes[answer] as Outcome),
    slot: freeSlot,
    died,
    value,
    data: isMessage ? answer : undefined,
  };
}
