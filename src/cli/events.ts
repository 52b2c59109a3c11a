/** `brood events`: what happens to processes, as it happens. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import { current } from '../index.ts';
import { eventTypes, events, type ProcessEvent, type ProcessEventType } from '../inspect/index.ts';
import { complain } from './failure.ts';
import { examples } from './show/examples.ts';
import { jsonLine } from './show/json.ts';
import { style } from './show/style.ts';
import { clean } from './show/text.ts';
import { parseDuration } from './values/duration.ts';
import { integerFrom } from './values/number.ts';

interface EventFlags {
  readonly type?: readonly ProcessEventType[];
  readonly pid?: number;
  readonly count?: number;
  readonly timeout?: number;
  readonly interval?: number;
  readonly polling?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

function parseTypes(text: string): ProcessEventType[] {
  return text.split(',').map((part) => {
    const found = eventTypes.find((type) => type === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`There are: ${eventTypes.join(', ')}.`);
    return found;
  });
}

/** What is told of an event beside its type and its process. */
function details(event: ProcessEvent): string {
  switch (event.type) {
    case 'fork':
      return `by ${event.ppid}`;
    case 'exec':
    case 'comm':
      return event.name ?? '';
    case 'exit':
      return String(event.status);
    case 'uid':
    case 'gid':
      return `${event.real ?? '?'}, effective ${event.effective}`;
    case 'ptrace':
      return event.tracer === 0 ? 'let go' : `by ${event.tracer}`;
    case 'session':
    case 'coredump':
      return '';
    case 'source':
      return `${event.source}: ${event.reason}`;
    case 'rescan':
      return event.reason;
  }
}

function timeOf(ms: number): string {
  const moment = new Date(ms);
  const local = new Date(ms - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(11, 23);
}

function lineOf(event: ProcessEvent): string {
  const pid = 'pid' in event ? String(event.pid) : '-';
  const text = `${style.dim(timeOf(event.time))} ${event.type.padEnd(8)} ${pid.padStart(7)}  ${clean(details(event))}`;
  return `${text.trimEnd()}\n`;
}

/** Resolves when what was written is on its way, so that a slow reader slows the stream, not memory. */
function write(text: string): Promise<void> | undefined {
  if (current.stdout.write(text)) return undefined;
  return new Promise((resolve) => {
    current.stdout.once('drain', resolve);
  });
}

async function follow(flags: EventFlags): Promise<void> {
  const { type, pid, count = Infinity, timeout, interval, polling } = flags;
  const signal = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
  const source = polling === true ? 'polling' : undefined;
  const isJson = flags.json === true || flags.jsonl === true;
  let told = 0;
  for await (const event of events({ types: type, interval, source, signal })) {
    const isAboutProcess = 'pid' in event;
    if (isAboutProcess && pid !== undefined && event.pid !== pid) continue;
    // People are told of the stream itself on stderr: what they read on are the events.
    if (isJson || isAboutProcess) await write(isJson ? jsonLine(event) : lineOf(event));
    else complain(details(event));
    if (isAboutProcess) told += 1;
    if (told >= count) return;
  }
}

/** Adds `brood events`. */
export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .summary('what happens to processes, as it happens')
    .description(
      'Follows forks, execs, exits with their status, changes of user, group, name and session, debuggers and core dumps, until it is interrupted. The kernel tells them; where it does not, lists are compared, and short-lived processes are missed: the first thing said is which of the two it is.',
    )
    .option(
      '-t, --type <types>',
      `only these, as in fork,exit: ${eventTypes.join(', ')}`,
      parseTypes,
    )
    .option('-p, --pid <pid>', 'only of this process', integerFrom(1, 0x7fff_ffff))
    .option('-n, --count <number>', 'end after so many', integerFrom(1, Infinity))
    .option('--timeout <time>', 'end after that long', parseDuration)
    .option('--polling', 'compare lists even where the kernel would tell')
    .option('--interval <time>', 'from list to list', parseDuration)
    .addOption(new Option('--json', 'a line of JSON for each').implies({ jsonl: true }))
    .option('--jsonl', 'a line of JSON for each');
  examples(command, [
    ['brood events', 'everything'],
    ['brood events --type exit --jsonl', 'how processes end, for programs'],
    ['brood events -t exec -n 10', 'the next ten programs that are started'],
  ]);
  command.action(follow);
}
