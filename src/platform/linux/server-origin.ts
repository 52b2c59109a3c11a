/** The ways in which a server comes to be: as a program, as a copy of this one, as the heir of one. */
import type { NativeAddon } from '../binding.ts';
import type { ForkServerPlan, TemplatePlan } from '../fork-server.ts';
import type { DescriptorSource, ProcessRef, SpawnRequest } from '../platform.ts';
import { translated } from '../translate.ts';
import type { Candidate } from './candidate.ts';
import { Exchange } from './exchange.ts';
import { Outfit } from './outfit.ts';
import { serverRequest, sigkill, standard } from './server-start.ts';
import type { Starts } from './starts.ts';

/** How a server comes to be. */
export interface Origin {
  /** What it is called in errors. */
  readonly title: string;
  /** The modules that it imports, by the number that it tells. */
  readonly modules: readonly string[];
  /** Starts it. `opened` is given our end of the socket to it, as soon as there is one. */
  begin(opened: (exchange: Exchange) => void): Promise<ProcessRef>;
}

/** A program of its own. */
export function programOrigin(addon: NativeAddon, starts: Starts, plan: ForkServerPlan): Origin {
  const start = async (channel: number): Promise<ProcessRef> => {
    const { ref } = await starts.spawn(serverRequest(addon, plan, channel));
    return ref;
  };
  const title = 'the fork server';
  return { title, modules: plan.preload, begin: (opened) => withSocket(addon, start, opened) };
}

/** One that is forked from this program. */
export function templateOrigin(addon: NativeAddon, { title, start }: TemplatePlan): Origin {
  return { title, modules: [], begin: (opened) => withSocket(addon, start, opened) };
}

/** A spare child of a template that has died, which takes its place. */
export function heirOrigin(addon: NativeAddon, { title }: TemplatePlan, heir: Candidate): Origin {
  return {
    title,
    modules: [],
    begin: async (opened) => {
      const outfit = new Outfit(addon, heirRequest(addon, title), { serves: true });
      try {
        const control = await heir.become(outfit, title);
        opened(new Exchange(addon, control));
        return heir.ref;
      } finally {
        outfit.close();
      }
    },
  };
}

async function withSocket(
  addon: NativeAddon,
  start: (channel: number) => Promise<ProcessRef>,
  opened: (exchange: Exchange) => void,
): Promise<ProcessRef> {
  const [ours, its] = translated(() => addon.socketpair());
  const exchange = new Exchange(addon, ours);
  opened(exchange);
  try {
    return await start(its);
  } catch (error) {
    exchange.close();
    throw error;
  } finally {
    addon.close(its);
  }
}

function heirRequest(addon: NativeAddon, program: string): SpawnRequest {
  return {
    program,
    candidates: [],
    argv: [],
    env: undefined,
    cwd: undefined,
    descriptors: new Map<number, DescriptorSource>([
      [0, { kind: 'null' }],
      [1, standard(addon, 1)],
      [2, standard(addon, 2)],
    ]),
    attributes: { processGroup: 0, deathSignal: sigkill },
    cleanup: false,
  };
}
