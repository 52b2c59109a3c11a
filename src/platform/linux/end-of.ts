/** From what the addon says of an end to what the contract does. */
import type { NativeEnd } from '../binding.ts';
import type { End, RawUsage } from '../platform.ts';

/** The end of a process as the contract has it. */
export function endOf([waitStatus, ...usage]: NativeEnd): End {
  return {
    waitStatus: waitStatus < 0 ? undefined : waitStatus,
    usage: usage.length === 0 ? undefined : (usage as unknown as RawUsage),
  };
}
