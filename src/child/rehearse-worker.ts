/** A worker in the template itself, so that what every worker does first has been compiled before. */
import { once } from 'node:events';
import { Socket } from 'node:net';

import { Wire } from '../channel/wire.ts';
import { platform } from '../platform/select.ts';
import { ControlLine } from './control-line.ts';
import { WorkerServer, type Handling } from './serve-worker.ts';
import { workerKinds } from './worker-messages.ts';

/** So often V8 takes note of what a function is given before it leaves it at that. */
const times = 4;

const handling: Handling = {
  begin: () => {},
  find: () => (value) => value,
  self: undefined,
  maxMemory: undefined,
};

/** Resolves when nothing of it is left open. */
export async function rehearseWorker(): Promise<void> {
  const [ours, its] = platform().descriptors.socketpair();
  const server = new WorkerServer(new ControlLine(its, undefined as never), handling);
  const socket = new Socket({ fd: ours, readable: true, writable: true });
  const closed = once(socket, 'close');
  let left = times;
  await new Promise<void>((resolve) => {
    const wire = new Wire(socket, 'the rehearsal', {
      arrived: () => {
        if (left-- === 0) resolve();
        else wire.put(workerKinds.call, [left, 'nothing', left]);
      },
      over: () => resolve(),
    });
    wire.hold();
    server.begin();
  });
  server.abandon();
  socket.destroy();
  await closed;
}
