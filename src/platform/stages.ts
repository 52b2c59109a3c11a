/** The steps of a start, in the order in which native/child_setup.h numbers them. */
import type { SpawnStage } from '../errors.ts';

export const stages: readonly SpawnStage[] = [
  'resolve',
  'open',
  'pipe',
  'clone',
  'cgroup',
  'session',
  'processGroup',
  'controllingTerminal',
  'descriptors',
  'chdir',
  'umask',
  'priority',
  'scheduling',
  'affinity',
  'ioPriority',
  'oomScoreAdjust',
  'rlimit',
  'groups',
  'setgid',
  'setuid',
  'deathSignal',
  'exec',
];
