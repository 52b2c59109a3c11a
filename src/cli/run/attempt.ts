/** One run of the program: its bounds, and the signals that are meant for it. */
import {
  current,
  type ExitStatus,
  spawn,
  type Child,
  type SignalName,
  signals,
} from '../../index.ts';
import { type RunFlags, spawnOptionsOf } from './flags.ts';

/** How one run ended. */
export interface Attempt {
  readonly pid: number;
  readonly status: ExitStatus;
  readonly timedOut: boolean;
  /** The last signal that was passed on to it. */
  readonly passed: SignalName | undefined;
  readonly durationMs: number;
}

const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGQUIT'] as const;
const ofTheKeyboard: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** Whether Ctrl-C reaches us and the program alike: the terminal sends it to all in the foreground. */
function sharesTerminal(flags: RunFlags): boolean {
  if (flags.session === true || flags.processGroup === true) return false;
  return current.stdin.isTTY || current.stdout.isTTY || current.stderr.isTTY;
}

/** Passes signals on to the child until it ends; those that come before it runs are kept for it. */
class Messenger {
  last: SignalName | undefined;
  readonly #early: SignalName[] = [];
  readonly #shared: boolean;
  #child: Child | undefined;

  constructor(flags: RunFlags) {
    this.#shared = sharesTerminal(flags);
    for (const name of passedOn) signals.on(name, this.#pass);
  }

  readonly #pass = (name: SignalName): void => {
    this.last = name;
    if (this.#child === undefined) this.#early.push(name);
    else if (!this.#shared || !ofTheKeyboard.has(name)) this.#child.signal(name);
  };

  started(child: Child): void {
    this.#child = child;
    for (const name of this.#early) child.signal(name);
  }

  stop(): void {
    for (const name of passedOn) signals.off(name, this.#pass);
  }
}

/** Stops the child and all that it started: the signal, and SIGKILL after the grace. */
async function stopTree(child: Child, { killSignal, grace }: RunFlags): Promise<ExitStatus> {
  const tree = { tree: true };
  child.signal(killSignal.name, tree);
  child.signal('SIGCONT', tree);
  const status = await child.wait({ timeout: grace });
  child.kill(tree);
  return status ?? child.wait();
}

/** Runs the program once. */
export async function attempt(
  program: string,
  args: readonly string[],
  flags: RunFlags,
): Promise<Attempt> {
  const started = performance.now();
  const messenger = new Messenger(flags);
  try {
    const child = await spawn(program, args, spawnOptionsOf(flags));
    messenger.started(child);
    const { timeout, deadline } = flags;
    const early = await child.wait({ timeout, deadline });
    const status = early ?? (await stopTree(child, flags));
    return {
      pid: child.pid,
      status,
      timedOut: early === undefined,
      passed: messenger.last,
      durationMs: performance.now() - started,
    };
  } finally {
    messenger.stop();
  }
}
