/** The options of `brood run`, and the options of spawn() that they become. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { IoPriority, Scheduling, SignalDescription, SpawnOptions } from '../../index.ts';
import { parseDuration, parseMoment } from '../values/duration.ts';
import { parseLimit, type Limits } from '../values/limits.ts';
import { integerFrom, parseNumbers, parseOctal } from '../values/number.ts';
import { parseSignal } from '../values/signal.ts';

/** What was said on the command line. */
export interface RunFlags {
  readonly timeout?: number;
  readonly deadline?: Date;
  readonly killSignal: SignalDescription;
  readonly grace: number;
  readonly retries: number;
  readonly retryDelay: number;
  readonly usage?: true;
  readonly json?: true;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly clearEnv?: true;
  readonly argv0?: string;
  readonly shell?: true;
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly append?: true;
  readonly limit?: Limits;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly umask?: number;
  readonly priority?: number;
  readonly affinity?: readonly number[];
  readonly scheduling?: { readonly policy: Scheduling['policy']; readonly priority?: number };
  readonly ioPriority?: { readonly class: IoPriority['class']; readonly level?: number };
  readonly oomScoreAdjust?: number;
  readonly cgroup?: string;
  readonly processGroup?: true;
  readonly session?: true;
  readonly deathSignal?: SignalDescription;
}

const highestId = 0xffff_fffe;

function addVariable(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function addName(text: string, before: readonly string[] | undefined): string[] {
  if (text === '' || text.includes('=')) throw new InvalidArgumentError('Give a name.');
  return [...(before ?? []), text];
}

/** `fifo:10` as a word and a number, where the word is one of those. */
function wordAndNumber<Word extends string>(
  words: readonly Word[],
): (text: string) => readonly [Word, number | undefined] {
  return (text) => {
    const [, name, number] = /^([a-zA-Z]+)(?::(\d+))?$/.exec(text) ?? [];
    const word = words.find((each) => each === name);
    if (word === undefined) {
      throw new InvalidArgumentError(`Give one of ${words.join(', ')}, or one with :NUMBER.`);
    }
    return [word, number === undefined ? undefined : Number(number)];
  };
}

const policyOf = wordAndNumber<Scheduling['policy']>([
  'other',
  'batch',
  'idle',
  'fifo',
  'roundRobin',
]);
const ioClassOf = wordAndNumber<IoPriority['class']>(['none', 'realtime', 'bestEffort', 'idle']);

function parseScheduling(text: string): RunFlags['scheduling'] {
  const [policy, priority] = policyOf(text);
  return priority === undefined ? { policy } : { policy, priority };
}

function parseIoPriority(text: string): RunFlags['ioPriority'] {
  const [name, level] = ioClassOf(text);
  return level === undefined ? { class: name } : { class: name, level };
}

/** Adds bounds, retries and what is told at the end. */
function addBounds(command: Command): void {
  command
    .option('-t, --timeout <time>', 'stop it and all it started after that long', parseDuration)
    .option('--deadline <moment>', 'stop it at that moment', parseMoment)
    .addOption(
      new Option('-s, --kill-signal <signal>', 'what it is stopped with')
        .argParser(parseSignal)
        .default(parseSignal('TERM'), 'TERM'),
    )
    .addOption(
      new Option('--grace <time>', 'from that signal to KILL')
        .argParser(parseDuration)
        .default(5000, '5s'),
    )
    .option('-r, --retries <number>', 'run it again if it fails', integerFrom(0, Infinity), 0)
    .addOption(
      new Option('--retry-delay <time>', 'pause before it is run again')
        .argParser(parseDuration)
        .default(0, '0s'),
    )
    .option('-u, --usage', 'tell on stderr how it ended and what it used')
    .option('--json', 'the same as one line of JSON');
}

/** Adds what the program finds when it starts. */
function addSurroundings(command: Command): void {
  command
    .option('-C, --cwd <dir>', 'its working directory')
    .option('-e, --env <name=value>', 'set a variable (repeatable)', addVariable)
    .option('--unset <name>', 'remove a variable (repeatable)', addName)
    .option('--clear-env', 'only the variables of --env')
    .option('--argv0 <name>', 'what it sees as its own name')
    .option('--shell', 'the program is a line for /bin/sh')
    .option('-i, --stdin <file>', 'read from a file')
    .option('-o, --stdout <file>', 'write to a file')
    .option('--stderr <file>', "write errors to a file; 'stdout': where its output goes")
    .option('--append', 'add to the files instead of replacing them');
}

/** Adds what the kernel keeps of it. */
function addAttributes(command: Command): void {
  command
    .option('-l, --limit <name=soft[:hard]>', 'a resource limit (repeatable)', parseLimit)
    .option('--uid <number>', 'its user', integerFrom(0, highestId))
    .option('--gid <number>', 'its group', integerFrom(0, highestId))
    .option('--groups <numbers>', 'its supplementary groups', parseNumbers)
    .option('--umask <octal>', 'its file mode mask', parseOctal)
    .option('-n, --priority <number>', 'its nice value, -20 to 19', integerFrom(-20, 19))
    .option('--affinity <numbers>', 'the processors it may use, as in 0,2-3', parseNumbers)
    .option('--scheduling <policy[:priority]>', 'other, batch, idle, fifo:N', parseScheduling)
    .option('--io-priority <class[:level]>', 'none, realtime, bestEffort:N, idle', parseIoPriority)
    .option('--oom-score-adjust <number>', 'its oom_score_adj', integerFrom(-1000, 1000))
    .option('--cgroup <dir>', 'the cgroup v2 directory it is born in')
    .option('--process-group', 'a process group of its own')
    .option('--session', 'a session of its own, without a terminal')
    .option('--death-signal <signal>', 'what it is sent when brood dies', parseSignal);
}

/** Adds the options of `brood run`. */
export function addRunFlags(command: Command): void {
  addBounds(command);
  addSurroundings(command);
  addAttributes(command);
}

function environmentOf({ env, unset, clearEnv }: RunFlags): Partial<SpawnOptions> {
  if (clearEnv === true) return { env: env ?? {} };
  const removed = (unset ?? []).map((name) => [name, undefined] as const);
  return { env: { ...env, ...Object.fromEntries(removed) }, extendEnv: true };
}

function streamsOf({ stdin, stdout, stderr, append }: RunFlags): Partial<SpawnOptions> {
  const target = (file: string | undefined): SpawnOptions['stdout'] =>
    file === undefined ? 'inherit' : { file, append: append === true };
  return {
    stdin: stdin === undefined ? 'inherit' : { file: stdin },
    stdout: target(stdout),
    stderr: stderr === 'stdout' ? 'stdout' : target(stderr),
  };
}

/** The options of spawn(). Bounds are not among them: they are kept over the whole tree. */
export function spawnOptionsOf(flags: RunFlags): SpawnOptions {
  return {
    cwd: flags.cwd,
    ...environmentOf(flags),
    argv0: flags.argv0,
    shell: flags.shell,
    ...streamsOf(flags),
    limits: flags.limit,
    uid: flags.uid,
    gid: flags.gid,
    groups: flags.groups,
    umask: flags.umask,
    priority: flags.priority,
    affinity: flags.affinity,
    scheduling: flags.scheduling,
    ioPriority: flags.ioPriority,
    oomScoreAdjust: flags.oomScoreAdjust,
    cgroup: flags.cgroup,
    processGroup: flags.processGroup,
    session: flags.session,
    deathSignal: flags.deathSignal?.number,
  };
}
