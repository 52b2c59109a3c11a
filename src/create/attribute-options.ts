/** The attributes of a new process besides program, environment and descriptors. */
import { isAbsolute } from 'node:path';

import { invalidType, invalidValue } from '../errors.ts';
import type { IoPriority, NewProcessAttributes, Scheduling } from '../platform/platform.ts';
import {
  checkAffinity,
  checkInteger,
  checkIoPriority,
  checkLimits,
  checkPriority,
  checkScheduling,
  type LimitValues,
} from '../process/attribute-values.ts';
import { signalNumber, type SignalName } from '../signal/signal-names.ts';
import { checkText } from './command.ts';

/** What a new process may be given; each is in force before its program starts. */
export interface AttributeOptions {
  /**
   * The user it runs as. If this program is root and `groups` is not given, the supplementary groups
   * are dropped. Source: setresuid(2).
   */
  readonly uid?: number | undefined;
  /** The group it runs as. Source: setresgid(2). */
  readonly gid?: number | undefined;
  /** The supplementary groups, exactly. Source: setgroups(2). */
  readonly groups?: readonly number[] | undefined;
  /** The bits taken away from files that it creates, 0 to 0o777. Source: umask(2). */
  readonly umask?: number | undefined;
  /** true: it leads a new process group; a number: it joins that one. Source: setpgid(2). */
  readonly processGroup?: boolean | number | undefined;
  /** true: it leads a new session, without a terminal. Source: setsid(2). */
  readonly session?: boolean | undefined;
  /**
   * The child's descriptor whose terminal becomes its controlling one (true: 0); it leads a session of
   * its own then. Source: TIOCSCTTY of ioctl_tty(2).
   */
  readonly controllingTerminal?: boolean | number | undefined;
  /** The nice value, -20 (first) to 19. Source: setpriority(2). */
  readonly priority?: number | undefined;
  /** The scheduling policy, with a priority of 1 to 99 for the real-time ones. Source: sched(7). */
  readonly scheduling?:
    | { readonly policy: Scheduling['policy']; readonly priority?: number | undefined }
    | undefined;
  /** The processors it may run on, by number. Source: sched_setaffinity(2). */
  readonly affinity?: readonly number[] | undefined;
  /**
   * Resource limits by name; a number sets both the soft and the hard one, Infinity is none.
   * Source: getrlimit(2).
   */
  readonly limits?: LimitValues | undefined;
  /** The class, and a level of 0 (first) to 7. Source: ioprio_set(2). */
  readonly ioPriority?:
    | { readonly class: IoPriority['class']; readonly level?: number | undefined }
    | undefined;
  /** The absolute path of the cgroup v2 directory it is born in. Source: cgroups(7). */
  readonly cgroup?: string | undefined;
  /** How gladly the kernel kills it when memory is out, -1000 (never) to 1000. Source: proc(5). */
  readonly oomScoreAdjust?: number | undefined;
  /**
   * The signal it is sent when this program dies, also by SIGKILL, with everything that it started;
   * what is left of them is killed 700 ms later. A small keeper process sees to that. With
   * `cleanup: false`, and in a worker thread, it is the kernel that sends it, to the child alone.
   * Source: PR_SET_PDEATHSIG of prctl(2).
   */
  readonly deathSignal?: SignalName | number | undefined;
}

/** The numbers of users and groups are unsigned; the highest one means "unchanged". */
const highestId = 0xffff_fffe;
const highestPid = 0x7fff_ffff;

/** What is worked out so far. */
export type AttributeDraft = {
  -readonly [Name in keyof NewProcessAttributes]: NewProcessAttributes[Name];
};

type Check = (draft: AttributeDraft, value: unknown, name: string) => void;

const checks: { readonly [Name in keyof AttributeOptions]-?: Check } = {
  uid: (draft, value, name) => {
    draft.uid = checkInteger(value, name, 0, highestId);
  },
  gid: (draft, value, name) => {
    draft.gid = checkInteger(value, name, 0, highestId);
  },
  groups: (draft, value, name) => {
    if (!Array.isArray(value)) throw invalidType(name, 'an array of integers', value);
    draft.groups = value.map((each: unknown, i) =>
      checkInteger(each, `${name}[${i}]`, 0, highestId),
    );
  },
  umask: (draft, value, name) => {
    draft.umask = checkInteger(value, name, 0, 0o777);
  },
  processGroup: (draft, value, name) => {
    if (value === false) return;
    if (value === true) draft.processGroup = 0;
    else if (typeof value !== 'number') throw invalidType(name, 'a boolean or a number', value);
    else draft.processGroup = checkInteger(value, name, 1, highestPid);
  },
  session: (draft, value, name) => {
    if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
    draft.session = value;
  },
  controllingTerminal: (draft, value, name) => {
    if (value === false) return;
    if (value === true) draft.controllingTerminal = 0;
    else if (typeof value !== 'number') throw invalidType(name, 'a boolean or a number', value);
    else draft.controllingTerminal = checkInteger(value, name, 0, highestPid);
  },
  priority: (draft, value, name) => {
    draft.priority = checkPriority(value, name);
  },
  scheduling: (draft, value, name) => {
    draft.scheduling = checkScheduling(value, name);
  },
  affinity: (draft, value, name) => {
    draft.affinity = checkAffinity(value, name);
  },
  limits: (draft, value, name) => {
    draft.limits = checkLimits(value, name);
  },
  ioPriority: (draft, value, name) => {
    draft.ioPriority = checkIoPriority(value, name);
  },
  cgroup: (draft, value, name) => {
    const path = checkText(value, name);
    if (!isAbsolute(path)) throw invalidValue(name, path, 'must be an absolute path');
    draft.cgroup = path;
  },
  oomScoreAdjust: (draft, value, name) => {
    draft.oomScoreAdjust = checkInteger(value, name, -1000, 1000);
  },
  deathSignal: (draft, value, name) => {
    draft.deathSignal = signalNumber(value, name);
  },
};

/** How each attribute is checked, by the name of its option. */
export const attributeChecks: ReadonlyMap<string, Check> = new Map(Object.entries(checks));

/** Checks how the attributes go together, and adds what follows from them. */
export function finishAttributes(draft: AttributeDraft): NewProcessAttributes {
  if (draft.controllingTerminal !== undefined) {
    if (draft.session === false) {
      throw invalidValue('options.session', false, 'must be true for options.controllingTerminal');
    }
    draft.session = true;
  }
  if (draft.session === false) draft.session = undefined;
  if (draft.session === true && draft.processGroup !== undefined) {
    // A new session is a new group already, and its leader can join no other (setpgid(2), EPERM).
    if (draft.processGroup !== 0) {
      throw invalidValue('options.processGroup', draft.processGroup, 'goes not with a new session');
    }
    draft.processGroup = undefined;
  }
  // Who changes the user and forgets the groups leaves root's groups to the child.
  const changesUser = draft.uid !== undefined || draft.gid !== undefined;
  if (changesUser && draft.groups === undefined && process.geteuid?.() === 0) draft.groups = [];
  return draft;
}
