/** One `brood up`, from the first service to the last. */
import { setTimeout as sleep } from 'node:timers/promises';

import { current, ProcessError, SpawnError, signals } from '../../index.ts';
import { Supervisor, type SupervisorEnd, type SupervisorOptions } from '../../supervise.ts';
import { codeOfFailedStart, complain, exitCodes } from '../failure.ts';
import { answer } from './control/answers.ts';
import { ask } from './control/client.ts';
import { AlreadyUp, ControlServer } from './control/server.ts';
import { runtimeFolder } from './folder.ts';
import { tellStory } from './story.ts';
import { watchFiles, type Watched } from './watch.ts';

/** What is run, and where. */
export interface Session {
  readonly options: SupervisorOptions;
  /** The folder of the project. */
  readonly project: string;
  /** Tell what happens as JSON. */
  readonly json: boolean;
  readonly watched: readonly Watched[];
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the services until they have ended or are stopped; gives the exit code. */
export async function runSession(session: Session): Promise<number> {
  const supervisor = new Supervisor(session.options);
  const control = new ControlServer(runtimeFolder(session.project), (question, asker) =>
    answer({ supervisor, stop: () => void stop() }, question, asker),
  );
  // Its failure is told once, by `done`.
  const stop = (): Promise<void> => supervisor.stop().catch(() => undefined);
  await openControl(control, session.project);
  const forget = stopOnSignals(supervisor, stop);
  const story = tellStory(supervisor, session.json);
  let endWatch: (() => Promise<void>) | undefined;
  try {
    if (session.watched.length > 0) endWatch = await watchFiles(supervisor, session.watched);
    await started(supervisor);
    const end = await supervisor.done;
    await story;
    return codeOf(end);
  } finally {
    await stop();
    await endWatch?.();
    await clearStrays();
    await control.close();
    forget();
  }
}

/** That it gave up is told by the end of it all; a socket that cannot listen is a failure of ours. */
async function started(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.start();
  } catch (error) {
    if (error instanceof ProcessError && error.name === 'SupervisorError') return;
    throw error;
  }
}

async function openControl(control: ControlServer, project: string): Promise<void> {
  try {
    await control.open();
  } catch (error) {
    if (!(error instanceof AlreadyUp)) throw error;
    throw new ProcessError(`brood up runs in this folder already${await pidOfOther(project)}`, {
      code: 'ERR_ALREADY_UP',
    });
  }
}

/** The other one may only just be opening its socket. */
async function pidOfOther(project: string): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { pid } = (await ask(project, { do: 'hello' })) as { pid: number };
      return ` (pid ${pid})`;
    } catch {
      await sleep(50);
    }
  }
  return '';
}

/** Once: all are asked to end; again: they are killed. */
function stopOnSignals(supervisor: Supervisor, stop: () => Promise<void>): () => void {
  let times = 0;
  const onSignal = (): void => {
    times++;
    if (times === 1) {
      complain('stopping; once more: by force');
      void stop();
    } else {
      void supervisor.stop({ force: true }).catch(() => undefined);
    }
  };
  for (const name of stopSignals) signals.on(name, onSignal);
  return () => {
    for (const name of stopSignals) signals.off(name, onSignal);
  };
}

/** What is left below us came from a service, whatever it did to hide: we run nothing else. */
async function clearStrays(): Promise<void> {
  const strays = current.children();
  await Promise.all(strays.map((stray) => stray.terminate({ tree: true, grace: 1000 })));
}

/** That of the first failure, as a shell would tell it; never 0 for one that was killed. */
function codeOf({ failure }: SupervisorEnd): number {
  if (failure === undefined) return exitCodes.fine;
  const { status, error } = failure;
  if (status === undefined) {
    return error instanceof SpawnError ? codeOfFailedStart(error) : exitCodes.failed;
  }
  const code = status.shellCode ?? exitCodes.unknown;
  // It ended well, and was stopped because it was not: unhealthy, or not ready in time.
  return code === 0 ? exitCodes.failed : code;
}
