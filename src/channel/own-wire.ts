/** A wire that carries one channel and nothing else. */
import type { Socket } from 'node:net';

import { FileDescriptor } from '../descriptor/file-descriptor.ts';
import { invalidType, invalidValue } from '../errors.ts';
import type { Lane } from './lane.ts';
import { Wire, type WireEvents } from './wire.ts';

/** The kinds of its messages. */
export const ownLane: Lane = { message: 1, credit: 2, request: 3, reply: 4, cancel: 5 };

/** First each side tells its pid, so that errors can name it. */
const hello = 6;

/** Takes over the descriptor. @throws ProcessError, TypeError */
export function ownWire(descriptor: unknown, events: WireEvents): Wire {
  if (typeof descriptor !== 'number' && !(descriptor instanceof FileDescriptor)) {
    throw invalidType('descriptor', 'a FileDescriptor or a number', descriptor);
  }
  const file = typeof descriptor === 'number' ? new FileDescriptor(descriptor) : descriptor;
  if (file.type !== 'socket') {
    throw invalidValue(
      'descriptor',
      file.fd,
      'must be a socket, such as one end of a socketpair()',
    );
  }
  const stream = file.duplex() as Socket;
  // When the other side has closed its end, nothing of ours would be read any more.
  stream.allowHalfOpen = false;
  const wire = new Wire(stream, 'the other process', {
    arrived: (message) => {
      if (message.kind === hello) wire.rename(`process ${String(message.value)}`);
      else events.arrived(message);
    },
    over: (error) => events.over(error),
  });
  wire.post(hello, process.pid);
  return wire;
}
