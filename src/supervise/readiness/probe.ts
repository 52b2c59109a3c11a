/** Asks one of the questions that can be asked again and again. */
import type { CheckedChild, CheckedProbe } from '../checked-child.ts';
import { askExec } from './exec.ts';
import { askHttp } from './http.ts';
import { askTcp } from './tcp.ts';

/** Resolves when the answer is yes; rejects with what is wrong, also when `signal` is aborted. */
export function ask(probe: CheckedProbe, child: CheckedChild, signal: AbortSignal): Promise<void> {
  switch (probe.kind) {
    case 'tcp':
      return askTcp(probe.host, probe.port, signal);
    case 'http':
      return askHttp(probe.url, signal);
    case 'exec': {
      const { cwd, env, extendEnv, uid, gid, groups } = child.options;
      return askExec(probe, { cwd, env, extendEnv, uid, gid, groups }, signal);
    }
  }
}
