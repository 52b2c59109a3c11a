/**
 * The platform contract over node:child_process: for macOS and Windows, and wherever the addon cannot
 * load. What it cannot do throws an UnsupportedError that names what can.
 */
import type { Platform, ProcessRef } from '../platform.ts';
import { AttachedRef } from './attached-ref.ts';
import { portableAttributes } from './attributes.ts';
import { ChildRef, send } from './child-ref.ts';
import { portableDescriptors } from './descriptors.ts';
import { portableFeatures } from './features.ts';
import { portableLook } from './look.ts';
import { portableOwnSignals } from './own-signals.ts';
import { portableOwn } from './own.ts';
import { refusal } from './refusal.ts';
import { runSync } from './run-sync.ts';
import { portableServiceSockets } from './service-sockets.ts';
import { portableSharedRecords } from './shared-records.ts';
import { startChild } from './spawn.ts';
import { readRow, readTable } from './table.ts';

/** Makes the portable platform; `reason` is why the native one is not in use. */
export function createPortablePlatform(reason: string): Platform {
  const refuse = refusal(reason);
  const children = new Map<number, ChildRef>();
  return {
    name: 'portable',
    features: () => portableFeatures(reason),
    spawn: async (request) => {
      const { child, pid, ends } = await startChild(request, refuse);
      const ref = new ChildRef(child, pid, refuse);
      children.set(pid, ref);
      ref.onEnd(() => {
        if (children.get(pid) === ref) children.delete(pid);
      });
      ref.setCleanup(request.cleanup);
      return { ref, ends };
    },
    spawnSync: (request) => runSync(request, refuse),
    collect: () => undefined,
    fork: () => {
      throw refuse('fork()');
    },
    forkClean: () => Promise.reject(refuse('fork()')),
    forkServer: () => {
      throw refuse('a fork server');
    },
    template: () => {
      throw refuse('fork()');
    },
    attach: (pid): ProcessRef => children.get(pid) ?? new AttachedRef(pid),
    exec: () => {
      throw refuse('exec()');
    },
    initProgram: () => {
      throw refuse('brood-init');
    },
    signalGroup: (pgid, number) => send(-pgid, number),
    table: () => readTable(refuse),
    row: (pid) => readRow(pid, refuse),
    look: portableLook(refuse),
    attributes: portableAttributes(refuse),
    ownSignals: portableOwnSignals(refuse),
    descriptors: portableDescriptors(refuse),
    own: portableOwn(refuse),
    get serving(): never {
      throw refuse('a fork server');
    },
    shared: portableSharedRecords(refuse),
    serviceSockets: portableServiceSockets(refuse),
  };
}
