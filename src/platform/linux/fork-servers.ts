/** All the fork servers and templates of a program. */
import type { ForkServer, ForkServerPlan, TemplatePlan } from '../fork-server.ts';
import type { Candidate } from './candidate.ts';
import { LinuxForkServer } from './fork-server.ts';
import { heirOrigin, programOrigin, templateOrigin, type Origin } from './server-origin.ts';
import type { Surroundings } from './server-session.ts';

/** The fork servers of a program, one for each plan, and its templates. */
export class ForkServers {
  readonly #surroundings: Surroundings;
  readonly #servers = new Map<string, LinuxForkServer>();
  readonly #templates = new Set<LinuxForkServer>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** The same one for the same modules and options of Node. */
  of(plan: ForkServerPlan): ForkServer {
    const key = JSON.stringify([plan.script, plan.execArgv, plan.preload, plan.base]);
    let server = this.#servers.get(key);
    if (server === undefined) {
      const { addon, starts } = this.#surroundings;
      const first = programOrigin(addon, starts, plan);
      server = new LinuxForkServer(this.#surroundings, { first, heir: undefined }, plan);
      this.#servers.set(key, server);
    }
    server.habits = plan;
    return server;
  }

  /** A new one each time: what it has in memory is its own. */
  template(plan: TemplatePlan): ForkServer {
    const { addon } = this.#surroundings;
    const first = templateOrigin(addon, plan);
    const heir = (spare: Candidate): Origin => heirOrigin(addon, plan, spare);
    const habits = { spares: plan.spares + 1, idleMs: Infinity };
    const server = new LinuxForkServer(this.#surroundings, { first, heir }, habits);
    this.#templates.add(server);
    return {
      prepare: () => server.prepare(),
      start: (request) => server.start(request),
      close: () => {
        this.#templates.delete(server);
        return server.close();
      },
      get pid() {
        return server.pid;
      },
    };
  }

  /** In a forked child they are the parent's. */
  atFork(inChild: boolean): void {
    if (!inChild || (this.#servers.size === 0 && this.#templates.size === 0)) return;
    for (const server of [...this.#servers.values(), ...this.#templates]) server.letGo();
    this.#servers.clear();
    this.#templates.clear();
  }
}
