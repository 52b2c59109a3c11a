/** Inside a fork server, and inside its children until they are what was asked for. */
import type { NativeAddon, NativeAttributes, NativeSpawnFailure } from '../binding.ts';
import type { Serving } from '../fork-server.ts';
import { mendAtFork } from '../forked.ts';
import { stages } from '../stages.ts';
import { inabilityInWords } from './fork-refusal.ts';
import { prepare, renew, tick } from './fork.ts';
import { randomCaches } from './random-caches.ts';
import { answers, framed, headerBytes, type SetUp, type SetUpFailure } from './server-words.ts';

/** How long what the modules have begun may take to come to rest, in milliseconds. */
const settleMs = 10_000;

/** Binds {@link Serving} to the addon. */
export function createServing(addon: NativeAddon): Serving {
  const tell = (channel: number, kind: number, value: number): void => {
    const header = Buffer.alloc(headerBytes);
    header.writeInt32LE(kind, 0);
    header.writeInt32LE(value, 4);
    addon.send(channel, header, []);
  };
  return {
    openHandles: () => addon.openHandles(),
    tellImporting: (channel, index) => tell(channel, answers.importing, index),
    tellFailure: (channel, failure) => {
      const body = framed(failure).subarray(4);
      tell(channel, answers.failed, body.length);
      addon.send(channel, body, []);
    },
    rehearse: () => {
      prepare(addon);
      renew(addon, randomCaches(), false);
      mendAtFork(false);
      beSetUp(rehearsalOf(addon), { control: -1, room: true });
    },
    serve: (channel, room) => {
      prepare(addon);
      const caches = randomCaches();
      const served = addon.serveForks(channel, tick, settleMs, caches);
      if (typeof served !== 'number') return refusalInWords(served);
      renew(addon, caches, true);
      mendAtFork(true);
      return { control: served, beSetUp: () => beSetUp(addon, { control: served, room }) };
    },
  };
}

/** An addon with which a child is set up to be what this process is. */
function rehearsalOf(addon: NativeAddon): SetUpAddon {
  const setUp: SetUp = {
    parent: process.pid,
    cwd: process.cwd(),
    env: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
    descriptors: [0, 0, 1, 0, 2, 0],
    attributes: { processGroup: addon.getProcessGroup() },
  };
  return {
    awaitSetUp: () => ({ data: framed(setUp).subarray(4), descriptors: [0] }),
    become: () => {},
    send: () => 0,
  };
}

function refusalInWords([code, detail]: readonly [string, string]): string {
  switch (code) {
    case 'threads':
      return `they left threads running (${detail}): a worker of node:worker_threads, hooks of module.register(), or an addon's`;
    case 'requests':
      return `${detail} requests that they made of the event loop did not end within ${settleMs} ms`;
    case 'background':
      return `the background work of V8 did not come to rest within ${settleMs} ms`;
    default:
      return inabilityInWords(detail);
  }
}

/** What is used of the addon to set up a child. */
type SetUpAddon = Pick<NativeAddon, 'awaitSetUp' | 'become' | 'send'>;

/**
 * Waits for what this process is to be, and becomes it; ends it when nobody asks any more. Whether it is to
 * serve in the place of its server.
 */
function beSetUp(
  addon: SetUpAddon,
  { control, room }: { readonly control: number; readonly room: boolean },
): boolean {
  const arrived = addon.awaitSetUp(control);
  if (arrived === undefined) leave();
  const setUp = JSON.parse(Buffer.from(arrived.data).toString()) as SetUp;
  try {
    become(addon, setUp, { received: arrived.descriptors, room });
  } catch (error) {
    const { stage, errno, syscall, path } = error as NativeSpawnFailure;
    if (stage === undefined) throw error;
    const failure: SetUpFailure = { stage, errno, syscall, path };
    addon.send(control, framed(failure), []);
    leave();
  }
  addon.send(control, new Uint8Array(4), []);
  return setUp.serves === true;
}

/** Without listeners of 'exit': nothing has begun that they could bring to an end. */
function leave(): never {
  return (process as unknown as { reallyExit(code: number): never }).reallyExit(0);
}

function become(
  addon: SetUpAddon,
  setUp: SetUp,
  { received, room }: { readonly received: readonly number[]; readonly room: boolean },
): void {
  const { parent, cwd, env, descriptors, attributes } = setUp;
  changeTo(cwd);
  const triples = new Int32Array(new ArrayBuffer(4 + descriptors.length * 6));
  triples[0] = descriptors.length / 2;
  for (let at = 0; at < descriptors.length; at += 2) {
    triples.set([descriptors[at]!, 0, received[descriptors[at + 1]!]!], 1 + (at / 2) * 3);
  }
  const native: NativeAttributes = { ...attributes };
  if (attributes.keeper !== undefined) native.keeper = received[attributes.keeper]!;
  addon.become(parent, received, room, '', '', '', undefined, triples, '', native);
  changeEnvironment(env);
}

/** In JavaScript, because Node remembers where it is. */
function changeTo(cwd: string): void {
  try {
    process.chdir(cwd);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    throw Object.assign(error as Error, {
      stage: stages.indexOf('chdir'),
      errno: -errno!,
      path: cwd,
    });
  }
}

/** Only what differs: each change is a call of setenv(3). */
function changeEnvironment(entries: readonly string[]): void {
  const { env } = process;
  const wanted = new Map<string, string>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    wanted.set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const name of Object.keys(env)) {
    if (!wanted.has(name)) delete env[name];
  }
  for (const [name, value] of wanted) {
    if (env[name] !== value) env[name] = value;
  }
}
