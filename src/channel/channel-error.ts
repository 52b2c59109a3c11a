/** What goes wrong with messages between processes. */
import { ProcessError } from '../errors.ts';

/**
 * A channel to another process cannot be used any more. `code` is `'ERR_CHANNEL_CLOSED'` (it was
 * closed), `'ERR_CHANNEL_BROKEN'` (the other process ended in the middle of a message) or
 * `'ERR_CHANNEL_CORRUPT'` (something else than messages came).
 */
export class ChannelError extends ProcessError {
  override readonly name = 'ChannelError';
}
