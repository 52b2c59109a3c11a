/** What happens to services, told in lines on standard error. */
import type { Supervisor, SupervisorEvent } from '../../supervise.ts';
import { complain } from '../failure.ts';
import { jsonLine } from '../show/json.ts';
import { errorStyle } from '../show/style.ts';
import { showDuration } from '../values/duration.ts';

type OfService = Extract<SupervisorEvent, { name: string }>;

/** Tells until it has ended. */
export async function tellStory(supervisor: Supervisor, json: boolean): Promise<void> {
  for await (const event of supervisor.events()) {
    if (json) process.stderr.write(jsonLine(event));
    else if (event.type === 'log-failed')
      complain(`${event.file} loses lines: ${String(event.error)}`);
    else if ('name' in event) tell(event);
  }
}

function tell(event: OfService): void {
  const words = wordsOf(event);
  if (words === undefined) return;
  const isBad = ['unhealthy', 'failed', 'gave-up'].includes(event.type);
  const name = [...(event.path ?? []), event.name].join('/');
  const line = `${name}.${event.instance} ${words}`;
  complain(isBad ? errorStyle.red(line) : errorStyle.dim(line));
}

function wordsOf(event: OfService): string | undefined {
  switch (event.type) {
    case 'started':
      return event.pid === undefined ? 'started' : `started (pid ${event.pid})`;
    case 'ready':
      return event.afterMs < 50 ? undefined : `is ready after ${showDuration(event.afterMs)}`;
    case 'exited':
      if (event.expected) return undefined;
      return event.status === undefined
        ? `could not be started: ${event.error instanceof Error ? event.error.message : ''}`
        : String(event.status);
    case 'restarting':
      return event.delayMs === 0
        ? 'is started again'
        : `is started again in ${showDuration(event.delayMs)}`;
    case 'unhealthy':
      return `is stopped: ${event.reason}`;
    case 'gave-up':
      return `is given up: ${event.reason}`;
    case 'stopped':
    case 'reloaded':
      return event.type;
    case 'failed':
      return 'has failed';
    case 'finished':
      return 'has finished';
    case 'status':
    case 'log':
      return undefined;
  }
}
