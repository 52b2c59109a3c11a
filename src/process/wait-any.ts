/** The next child to end, whichever it is. */
import { constants } from 'node:os';

import { ProcessError } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import { platform } from '../platform/select.ts';
import { offspring } from './child.ts';
import { Handle } from './handle.ts';
import { livingChildren } from './living.ts';
import { adopted, startAdopting } from './orphans.ts';
import { Process } from './process.ts';
import { EndedRef } from './self-ref.ts';

interface Waiter {
  readonly resolve: (process: Process) => void;
  readonly reject: (error: ProcessError) => void;
  /** Takes it out of the queue of the offspring. */
  readonly cancel: () => void;
}

const waiters: Waiter[] = [];
let timer: NodeJS.Timeout | undefined;

/** SIGCHLD tells of orphans; signals of one kind melt into one, so it is looked now and then as well. */
const lookMs = 250;

atFork((inChild) => {
  if (!inChild || waiters.length === 0) return;
  waiters.length = 0;
  unwatch();
});

/** See `current.waitAny()`. */
export function waitAny(): Promise<Process> {
  const first = offspring.next() ?? nextAdopted();
  if (first !== undefined) return Promise.resolve(first);
  if (!mayCome()) return Promise.reject(noChild());
  return new Promise((resolve, reject) => {
    const waiter: Waiter = {
      resolve,
      reject,
      cancel: offspring.whenNext((process) => {
        waiters.splice(waiters.indexOf(waiter), 1);
        resolve(process);
        look();
      }, look),
    };
    waiters.push(waiter);
    if (waiters.length === 1) watch();
  });
}

/** Gives what has come to those who wait, and sends them home when nothing can come any more. */
function look(): void {
  while (waiters.length > 0) {
    const process = nextAdopted();
    if (process === undefined) break;
    const waiter = waiters.shift() as Waiter;
    waiter.cancel();
    waiter.resolve(process);
  }
  if (waiters.length > 0 && !mayCome()) {
    for (const waiter of waiters.splice(0)) {
      waiter.cancel();
      waiter.reject(noChild());
    }
  }
  if (waiters.length === 0) unwatch();
}

function watch(): void {
  // Also what keeps the event loop alive while somebody waits, when the children do not.
  timer = setInterval(look, adopts() ? lookMs : 0x7fff_ffff);
  if (adopts()) process.on('SIGCHLD', look);
}

function unwatch(): void {
  clearInterval(timer);
  process.off('SIGCHLD', look);
}

function adopts(): boolean {
  if (process.pid !== 1 && !platform().own.getSubreaper()) return false;
  startAdopting();
  return true;
}

function mayCome(): boolean {
  return livingChildren.size > 0 || (adopts() && adopted(platform().table()).length > 0);
}

function nextAdopted(): Process | undefined {
  if (!adopts()) return undefined;
  const reaped = platform().own.reapAdopted();
  return reaped && new Process(new Handle(new EndedRef(reaped.pid, reaped.end)));
}

function noChild(): ProcessError {
  return new ProcessError('this program has no child to wait for', {
    code: 'ECHILD',
    syscall: 'wait',
    errno: constants.errno.ECHILD,
  });
}
