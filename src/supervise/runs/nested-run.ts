/** A run that is a supervisor of its own, in this program. */
import type { SupervisorEnd } from '../supervisor-end.ts';
import type { Run, RunEnd } from './run.ts';

/** What a run needs of a supervisor. */
export interface Supervised {
  start(): Promise<void>;
  stop(options?: { readonly force?: boolean }): Promise<void>;
  readonly done: Promise<SupervisorEnd>;
}

/** Starts it. */
export function startNestedRun(supervisor: Supervised): Run {
  const started = supervisor.start().then(
    () => true,
    () => false,
  );
  const ended = supervisor.done.then(({ reason, failure }): RunEnd => {
    const ok = reason !== 'gave-up' && failure === undefined;
    return { ok, status: failure?.status, error: ok ? undefined : words(reason, failure) };
  });
  ended.catch(() => undefined);
  return {
    pid: undefined,
    startedAt: performance.now(),
    ready: started,
    ended,
    async stop() {
      await supervisor.stop();
      return ended;
    },
    force: () => void supervisor.stop({ force: true }).catch(() => undefined),
  };
}

function words(reason: string, failure: SupervisorEnd['failure']): string {
  if (failure === undefined) return reason;
  return `${failure.name}.${failure.instance} failed: ${String(failure.status ?? failure.error)}`;
}
