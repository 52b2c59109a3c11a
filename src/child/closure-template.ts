/**
 * The template of a pool: a copy of the program in which nothing of it goes on. It comes to rest, and
 * forks workers from then on, which all have the memory that the program had when the pool was made.
 */
import { stat } from 'node:fs/promises';

import { platform } from '../platform/select.ts';
import { runForkHooks } from '../process/on-fork.ts';
import { collectGarbage } from './collect-garbage.ts';
import { ControlLine } from './control-line.ts';
import { rehearseWorker } from './rehearse-worker.ts';
import { WorkerServer, type Handling } from './serve-worker.ts';

/** Makes this process one. `channel` leads to the program; it is owned from now on. */
export async function becomeTemplate(channel: number, handling: Handling): Promise<void> {
  await rehearseWorker();
  await serveSoon(channel, handling);
}

/** At rest, and from a turn of the loop in which nothing else is in the middle of anything. */
async function serveSoon(channel: number, handling: Handling): Promise<void> {
  // libuv's threads are there from now on, so that it is known how a fork leaves them behind.
  await stat('/');
  await collectGarbage();
  setImmediate(serve, channel, handling);
}

function serve(channel: number, handling: Handling): void {
  const { serving } = platform();
  const served = serving.serve(channel, false);
  if (typeof served === 'string') {
    const message = `the template of the pool cannot serve: ${served}`;
    serving.tellFailure(channel, { code: 'ERR_FORK_SERVER', message });
    process.exit(1);
  }
  if (served.beSetUp()) {
    // This one takes the place of the template that forked it.
    void serveSoon(served.control, handling);
    return;
  }
  runForkHooks(true);
  new WorkerServer(new ControlLine(served.control, undefined as never), handling).begin();
}
