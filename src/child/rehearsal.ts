/**
 * A task in this process itself, before it is forked: what each child does first is compiled then, in
 * all of them. A child that had to compile it would take two to three times as long.
 */
import { once } from 'node:events';
import { Socket } from 'node:net';

import { Wire } from '../channel/wire.ts';
import { platform } from '../platform/select.ts';
import { serveJob } from './serve-task.ts';
import { keepingTaskChannel } from './task-channel.ts';

/** Once compiles it; after a few times V8 has seen what it is used for. */
const firstTimes = 4;
/** V8 forgets what was not run for long. */
const validMs = 30_000;

let lastMs = -Infinity;

/** Rehearses, if that was not done lately. Resolves when nothing of it is left open. */
export async function rehearseTasks(): Promise<void> {
  const now = performance.now();
  if (now - lastMs < validMs) return;
  const times = lastMs === -Infinity ? firstTimes : 1;
  lastMs = now;
  for (let left = times; left > 0; left--) await rehearse();
}

async function rehearse(): Promise<void> {
  const [ours, its] = platform().descriptors.socketpair();
  const socket = new Socket({ fd: ours, readable: true, writable: true });
  const closed = once(socket, 'close');
  const answered = new Promise<void>((resolve) => {
    const wire = new Wire(socket, 'the rehearsal', {
      arrived: () => resolve(),
      over: () => resolve(),
    });
    wire.hold();
  });
  // It lingers and survives: what would end the process is left out.
  keepingTaskChannel(() => serveJob(its, () => 0, { args: [], linger: true, survives: true }));
  await answered;
  socket.destroy();
  await closed;
}
