/** The platform of Linux: the contract of platform.ts, kept with the native addon. */
import type { LoadedAddon } from '../binding.ts';
import { atFork } from '../forked.ts';
import type { Features, Platform } from '../platform.ts';
import { signalGroup } from '../signal-group.ts';
import { createAttributes } from './attributes.ts';
import { createDescriptors } from './descriptors.ts';
import { linuxFeatures, probe } from './features.ts';
import { cleanForkFeature, createForkClean } from './fork-clean.ts';
import { ForkServers } from './fork-servers.ts';
import { createFork, forkFeature, forkServerFeature } from './fork.ts';
import { createLook } from './look.ts';
import { collect } from './output-stream.ts';
import { createOwnSignals } from './own-signals.ts';
import { createOwn } from './own.ts';
import { Processes } from './processes.ts';
import { programBeside } from './program-beside.ts';
import { createServiceSockets } from './service-sockets.ts';
import { createServing } from './serving.ts';
import { createSharedRecords } from './shared-records.ts';
import { Starts } from './starts.ts';
import { readRow, readTable } from './table.ts';
import { Ticker } from './without-pidfd.ts';

/** Binds the contract to an addon that has loaded. */
export function createLinuxPlatform({ addon, reason, path }: LoadedAddon): Platform {
  const probed = probe(addon);
  const pidfd = probed.pidfd.available;
  const processes = new Processes(addon, pidfd ? undefined : new Ticker());
  const starts = new Starts(addon, processes);
  const servers = new ForkServers({ addon, processes, starts });
  atFork((inChild, clean) => {
    processes.atFork(inChild);
    starts.atFork(inChild, clean);
    servers.atFork(inChild);
  });
  addon.start(
    {
      started: (id, pid, ends) => starts.started(id, pid, ends),
      failed: (id, failure) => starts.failed(id, failure),
      ended: (id, waitStatus) => processes.ended(id, waitStatus),
    },
    { pidfd, usage: processes.usage },
  );
  let features: Features | undefined;
  return {
    name: 'linux',
    features: () =>
      (features ??= linuxFeatures(addon, probed, reason, {
        fork: forkFeature(addon),
        forkEntry: cleanForkFeature(addon),
        forkServer: forkServerFeature(addon),
      })),
    spawn: (request) => starts.spawn(request),
    spawnSync: (request) => starts.spawnSync(request),
    collect: (stream, maxBuffer) => collect(stream, addon, maxBuffer),
    fork: createFork(addon, processes),
    forkClean: createForkClean(addon, starts),
    forkServer: (plan) => servers.of(plan),
    template: (plan) => servers.template(plan),
    attach: (pid) => processes.attach(pid),
    exec: (request) => starts.exec(request),
    initProgram: () => programBeside(path, 'brood-init'),
    signalGroup,
    table: () => readTable(addon),
    row: (pid) => readRow(addon, pid),
    look: createLook(addon),
    attributes: createAttributes(addon),
    ownSignals: createOwnSignals(addon),
    descriptors: createDescriptors(addon),
    own: createOwn(addon, processes),
    serving: createServing(addon),
    shared: createSharedRecords(addon),
    serviceSockets: createServiceSockets(addon),
  };
}
