/** What names a process, and its attributes that can be read and set from outside, as accessors. */
import { NoSuchProcessError } from '../errors.ts';
import { inspect } from '../inspect/inspect.ts';
import type { ProcessField, ProcessInfo } from '../inspect/process-info.ts';
import type {
  IoPriority,
  Limit,
  LimitName,
  ProcessAttributes,
  ProcessRef,
  Scheduling,
} from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import {
  checkAffinity,
  checkIoPriority,
  checkLimits,
  checkPriority,
  checkScheduling,
  type LimitValues,
} from './attribute-values.ts';
import type { Handle } from './handle.ts';

/**
 * What a `Process` has of attributes. The system calls behind take a pid and not a pidfd, so it is
 * asked before and after whether the process has ended: then the pid may be another's.
 */
export abstract class AttributeHandle {
  /** The inside of the handle; for brood's own rooms. */
  protected readonly handle: Handle;

  protected constructor(handle: Handle) {
    this.handle = handle;
  }

  /**
   * The number by which the kernel names this process and no other until the machine starts anew:
   * `PID:INODE` can be written down, and never comes to mean another process. undefined before
   * Linux 6.9, and for one that had ended before it was asked. Source: pidfd_open(2).
   *
   * @example
   * ```ts
   * import { attach } from 'brood';
   * const parent = attach(process.ppid);
   * console.log(`${parent.pid}:${parent.inode}`); // such as 4711:1234567
   * ```
   */
  get inode(): bigint | undefined {
    return this.handle.ref.inode?.();
  }

  /**
   * The nice value, -20 (gets the most of the processor) to 19. Lowering it needs CAP_SYS_NICE.
   * Source: getpriority(2).
   *
   * @throws NoSuchProcessError, PermissionError; on setting RangeError `ERR_OUT_OF_RANGE`, TypeError.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * child.priority = 10;
   * console.log(child.priority); // 10
   * ```
   */
  get priority(): number {
    return this.#read((attributes, ref) => attributes.getPriority(ref));
  }

  set priority(nice: number) {
    const checked = checkPriority(nice, 'priority');
    this.#read((attributes, ref) => attributes.setPriority(ref, checked));
  }

  /**
   * The processors it may run on, by number. Source: sched_setaffinity(2).
   *
   * @throws NoSuchProcessError, PermissionError; ProcessError EINVAL when none of them is there.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * child.affinity = [0];
   * console.log(child.affinity); // [ 0 ]
   * ```
   */
  get affinity(): number[] {
    return this.#read((attributes, ref) => attributes.getAffinity(ref));
  }

  set affinity(processors: readonly number[]) {
    const checked = checkAffinity(processors, 'affinity');
    this.#read((attributes, ref) => attributes.setAffinity(ref, checked));
  }

  /**
   * All resource limits by name, Infinity for none; what is set changes those that are named, and a
   * number sets both the soft and the hard limit. Source: prlimit(2).
   *
   * @throws NoSuchProcessError, PermissionError.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * child.limits = { coreSize: 0, openFiles: { soft: 64, hard: 128 } };
   * console.log(child.limits.openFiles); // { soft: 64, hard: 128 }
   * ```
   */
  get limits(): Record<LimitName, Limit> {
    return this.#read((attributes, ref) => attributes.getLimits(ref));
  }

  set limits(limits: LimitValues) {
    const checked = checkLimits(limits, 'limits');
    this.#read((attributes, ref) => {
      for (const [name, limit] of checked) attributes.setLimit(ref, name, limit);
    });
  }

  /**
   * The class of its input and output, and the level of 0 (first) to 7 within it. Source: ioprio_set(2).
   *
   * @throws NoSuchProcessError, PermissionError.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * child.ioPriority = { class: 'idle' };
   * console.log(child.ioPriority.class); // idle
   * ```
   */
  get ioPriority(): IoPriority {
    return this.#read((attributes, ref) => attributes.getIoPriority(ref));
  }

  set ioPriority(ioPriority: { readonly class: IoPriority['class']; readonly level?: number }) {
    const checked = checkIoPriority(ioPriority, 'ioPriority');
    this.#read((attributes, ref) => attributes.setIoPriority(ref, checked));
  }

  /**
   * The scheduling policy, and the priority of 1 to 99 that the real-time ones have.
   * Source: sched_setscheduler(2).
   *
   * @throws NoSuchProcessError, PermissionError (the real-time policies need CAP_SYS_NICE).
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * child.scheduling = { policy: 'batch' };
   * console.log(child.scheduling.policy); // batch
   * ```
   */
  get scheduling(): Scheduling {
    return this.#read((attributes, ref) => attributes.getScheduling(ref));
  }

  set scheduling(scheduling: {
    readonly policy: Scheduling['policy'];
    readonly priority?: number;
  }) {
    const checked = checkScheduling(scheduling, 'scheduling');
    this.#read((attributes, ref) => attributes.setScheduling(ref, checked));
  }

  /**
   * What the kernel knows of it: everything, or the given fields. See `brood/inspect`. It is this very
   * process that is told of, never another one of its pid.
   *
   * @throws NoSuchProcessError once it has ended; PermissionError, UnsupportedError, TypeError; as
   * rejections. Source: proc(5).
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['10']);
   * const { ppid, state } = await child.inspect(['ppid', 'state']);
   * console.log(ppid === process.pid, state);
   * ```
   */
  async inspect<Field extends ProcessField = ProcessField>(
    fields?: readonly Field[],
  ): Promise<Pick<ProcessInfo, Field | 'pid'>> {
    this.#mustLive();
    const info = await inspect(this.handle.pid, fields);
    this.#mustLive();
    return info;
  }

  #read<T>(access: (attributes: ProcessAttributes, ref: ProcessRef) => T): T {
    this.#mustLive();
    const value = access(platform().attributes, this.handle.ref);
    // A child of ours cannot have been reaped in between, and keeps its pid until it is.
    if (!this.handle.ref.owned) this.#mustLive();
    return value;
  }

  #mustLive(): void {
    if (this.handle.status() !== undefined) throw new NoSuchProcessError(this.handle.pid);
  }
}
