/**
 * A task in the fork server itself, so that what every child does first has been done before: it is
 * compiled, and Node's own modules for it are loaded.
 */
import { Socket } from 'node:net';

import { Wire } from '../channel/wire.ts';
import { platform } from '../platform/select.ts';
import { serve } from './serve.ts';
import { kinds, type Job } from './task-messages.ts';

/** So often V8 takes note of what a function is given before it leaves it at that. */
const times = 4;

/**
 * What the tasks of a rehearsal do: found by its name.
 *
 * @public
 */
export function nothing(): undefined {
  return undefined;
}

const targets: readonly Job['target'][] = [
  { from: 'module', url: import.meta.url, name: 'nothing' },
  { from: 'source', source: '() => undefined', name: 'nothing', file: import.meta.url },
];

/** Resolves when nothing of it is left open. */
export async function rehearse(): Promise<void> {
  const { serving } = platform();
  for (let i = 0; i < times; i++) {
    serving.rehearse();
    for (const target of targets) {
      // It lingers and survives: what would end the process is left out.
      await rehearseOne({ target, args: [], linger: true, survives: true });
    }
  }
}

async function rehearseOne(job: Job): Promise<void> {
  const [ours, its] = platform().descriptors.socketpair();
  serve(its);
  const socket = new Socket({ fd: ours, readable: true, writable: true });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    const wire = new Wire(socket, 'the rehearsal', {
      arrived: ({ kind, value }) => {
        if (kind === kinds.result) resolve();
        else reject(new Error(`a rehearsal of a task failed: ${JSON.stringify(value)}`));
      },
      over: () => reject(new Error('a rehearsal of a task had no end')),
    });
    wire.hold();
    wire.post(kinds.job, job);
  });
  socket.destroy();
  await closed;
}
