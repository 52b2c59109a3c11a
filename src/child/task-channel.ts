import type { ChannelError } from '../channel/channel-error.ts';
/** The channel of a task to the program that started it. */
import { Channel, deliver, endChannel } from '../channel/channel.ts';
import type { Arrived } from '../channel/frame.ts';
import type { Wire } from '../channel/wire.ts';
import { ProcessError } from '../errors.ts';
import { userLane } from './task-messages.ts';

/** The channel of this process, and what feeds it. */
export interface OwnChannel {
  readonly channel: Channel;
  arrived(message: Arrived): void;
  over(error: ChannelError | undefined): void;
}

let own: OwnChannel | undefined;

/** From now on this process has that channel. */
export function openTaskChannel(wire: Wire): OwnChannel {
  const channel = new Channel(wire, userLane);
  own = {
    channel,
    arrived: (message) => deliver(channel, message),
    over: (error) => endChannel(channel, error),
  };
  return own;
}

/** Does something that opens a channel, after which this process has the one that it had before. */
export function keepingTaskChannel(work: () => void): void {
  const before = own;
  work();
  own = before;
}

/**
 * Inside a task, the channel to the program that started it: the other end of `task.channel`. `In` is
 * what arrives here, `Out` what is sent from here.
 *
 * @throws ProcessError `ERR_INVALID_STATE` in a program that is no task.
 *
 * @example
 * ```ts
 * import { task, taskChannel } from 'brood';
 * const t = await task(async () => {
 *   await taskChannel().send('half way');
 *   return 'done';
 * });
 * console.log(await t.channel.receive(), await t.result); // half way done
 * ```
 */
export function taskChannel<In = unknown, Out = unknown>(): Channel<In, Out> {
  if (own !== undefined) return own.channel as Channel<In, Out>;
  throw new ProcessError('this program is no task: nobody is at the other end of a channel', {
    code: 'ERR_INVALID_STATE',
  });
}
