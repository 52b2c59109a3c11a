/** A program to start as the addon takes it, and what it says of a start that failed. */

/** What a failed native call throws: translated to the kinds of errors.ts by translate.ts. */
export interface NativeFailure extends Error {
  readonly errno: number;
  readonly syscall: string;
}

/** The attributes of a new process, as numbers of the kernel; every one may be missing. */
export interface NativeAttributes {
  uid?: number;
  gid?: number;
  groups?: number[];
  umask?: number;
  processGroup?: number;
  session?: boolean;
  controllingTerminal?: number;
  priority?: number;
  /** [policy, priority] */
  scheduling?: [number, number];
  affinity?: number[];
  /** Flat triples: resource, soft, hard; -1 for none. */
  limits?: number[];
  /** As ioprio_set(2) takes it: class << 13 | level. */
  ioPriority?: number;
  cgroup?: string;
  oomScoreAdjust?: number;
  deathSignal?: number;
  /** The place in the environment of the variable whose ten digits the child replaces by its pid. */
  pidVariable?: number;
  /** The descriptor by which the child makes itself known to the keeper (linux/keeper.ts). */
  keeper?: number;
}

/**
 * A program to start: lists of strings are one string with a NUL after each entry, so one call of
 * Node-API carries each list. `descriptors` are a count and so many triples: the child's number, a kind
 * (0 descriptor, 1 pipe in, 2 pipe out, 3 socket pair, 4 null, 5 closed, 6 file to read, 7 to write,
 * 8 to append, 9 same as), and the source (a descriptor, an index into `files`, a child's number).
 */
export type NativeProgram = [
  candidates: string,
  argv: string,
  env: string | undefined,
  cwd: string | undefined,
  descriptors: Int32Array,
  files: string,
  attributes: NativeAttributes | undefined,
];

/** A spawn that failed in a blocking form. `stage` counts as in stages.ts. */
export interface NativeSpawnFailure extends NativeFailure {
  readonly stage: number;
  readonly path: string | undefined;
}
