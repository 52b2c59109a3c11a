/** With whose rights a process acts. Source: /proc/PID/status, credentials(7). */
import { capabilityName, type CapabilityName } from './capabilities.ts';
import { readAuditId, readLabel } from './identity.ts';
import { type Known, mapKnown } from './missing.ts';
import { malformed, orUnsupported, type Sources } from './sources.ts';
import type { Status } from './status.ts';

/** The ids of a user or a group. */
export interface Ids {
  /** Of whoever started it. */
  readonly real: number;
  /** With whose rights it acts. */
  readonly effective: number;
  /** What the effective one may be set back to. */
  readonly saved: number;
  /** With whose rights it reaches files: the effective one, but for file servers. */
  readonly filesystem: number;
}

/** Sets of capabilities, see capabilities(7). */
export interface Capabilities {
  readonly inheritable: readonly CapabilityName[];
  readonly permitted: readonly CapabilityName[];
  readonly effective: readonly CapabilityName[];
  /** What it can ever gain by executing a program. Linux 2.6.26. */
  readonly bounding: readonly CapabilityName[];
  /** What programs keep that have none of their own. Linux 4.3. */
  readonly ambient: readonly CapabilityName[];
}

/** The rights of a process. */
export interface Credentials {
  readonly uid: Ids;
  readonly gid: Ids;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly capabilities: Known<Capabilities>;
  /** Whether executing a program can give it no more rights. Linux 4.10. */
  readonly noNewPrivileges: Known<boolean>;
  /** Whether its system calls are filtered. Linux 3.8. */
  readonly seccomp: Known<'off' | 'strict' | 'filter'>;
  /** The user who logged in, null if nobody did: /proc/PID/loginuid. */
  readonly loginUid: Known<number | null>;
  /** The session of that log-in: /proc/PID/sessionid. */
  readonly auditSession: Known<number | null>;
  /** The label or profile of a security module (SELinux, AppArmor): /proc/PID/attr/current. */
  readonly securityLabel: Known<string>;
}

const seccompModes = ['off', 'strict', 'filter'] as const;

/** The group `credentials`. */
export function readCredentials(sources: Sources): Known<Credentials> {
  return mapKnown(sources.status, (status) => {
    const uid = idsIn(status, 'Uid');
    const gid = idsIn(status, 'Gid');
    const groups = status.numbers('Groups');
    if (uid === undefined || gid === undefined || groups === undefined) return malformed('status');
    const mode = status.number('Seccomp');
    const noNew = status.number('NoNewPrivs');
    return {
      uid,
      gid,
      groups,
      capabilities: orUnsupported(capabilitiesIn(status), 'needs Linux 4.3'),
      noNewPrivileges: orUnsupported(
        noNew === undefined ? undefined : noNew === 1,
        'needs Linux 4.10',
      ),
      seccomp: orUnsupported(
        mode === undefined ? undefined : seccompModes[mode],
        'this kernel has no seccomp',
      ),
      loginUid: readAuditId(sources, 'loginuid'),
      auditSession: readAuditId(sources, 'sessionid'),
      securityLabel: readLabel(sources),
    };
  });
}

function idsIn(status: Status, name: string): Ids | undefined {
  const [real, effective, saved, filesystem] = status.numbers(name) ?? [];
  if (real === undefined || effective === undefined) return undefined;
  if (saved === undefined || filesystem === undefined) return undefined;
  return { real, effective, saved, filesystem };
}

function capabilitiesIn(status: Status): Capabilities | undefined {
  const [inheritable, permitted, effective, bounding, ambient] = [
    'Inh',
    'Prm',
    'Eff',
    'Bnd',
    'Amb',
  ].map((set) => status.bits(`Cap${set}`)?.map(capabilityName));
  if (inheritable === undefined || permitted === undefined || effective === undefined) {
    return undefined;
  }
  if (bounding === undefined || ambient === undefined) return undefined;
  return { inheritable, permitted, effective, bounding, ambient };
}
