/** What there is to know of a process, field by field. */
import type { Limit, LimitName } from '../platform/platform.ts';
import type { IoCounters, ThreadInfo, Times } from './accounts.ts';
import type { Container } from './cgroups.ts';
import type { Credentials } from './credentials.ts';
import type { DescriptorInfo } from './descriptors.ts';
import type { StateWord } from './identity.ts';
import type { Memory } from './memory.ts';
import type { Known } from './missing.ts';
import type { CgroupInfo, Namespaces } from './namespaces.ts';
import type { SchedulingInfo } from './scheduling.ts';
import type { SignalSets } from './signal-sets.ts';

/**
 * The anatomy of a process. Times are ms, sizes are bytes. A value that this user may not read, that is
 * gone, or that this kernel does not have says so (`{denied}`, `{gone}`, `{unsupported}`) and is never
 * made up; see `isMissing` and `known`. Names, arguments, paths and variables may hold bytes that are
 * no UTF-8; see `bytesOf`. Each field names its file below /proc/PID.
 */
export interface ProcessInfo {
  /** Process id. `stat` */
  readonly pid: number;
  /** The parent; 0: none that can be seen. `stat` */
  readonly ppid: number;
  /** Process group, and session. `stat` */
  readonly pgid: number;
  readonly sid: number;
  /** The controlling terminal, '/dev/pts/3'; null for none. `stat` */
  readonly tty: string | null;
  /** comm: at most 15 bytes of the program's name, or what it called itself. `stat` */
  readonly name: string;
  /** The path of the program. `exe` */
  readonly exe: Known<string>;
  /** The arguments, argv[0] first, as the process has them now. `cmdline` */
  readonly argv: Known<readonly string[]>;
  /** argv with blanks between, or the name in brackets where there is none. `cmdline` */
  readonly commandLine: string;
  /** When it was started: ms since the epoch, as fine as clock ticks (10 ms). `stat` */
  readonly startTime: number;
  /** The same in clock ticks since the machine was started: with the pid, its identity. `stat` */
  readonly startTicks: number;
  /** The state as a letter: R, S, D, T, t, Z, X, I, P. `stat` */
  readonly state: string;
  /** The same in a word. */
  readonly stateWord: StateWord;
  /**
   * How long its first thread has been in that state: ms since it last ran, by the scheduler's
   * clock, which stands still while the processor is taken away from a virtual machine.
   * `sched`, with CONFIG_SCHED_DEBUG
   */
  readonly stateTime: Known<number>;
  /** Whether it is a thread of the kernel, that runs no program. `stat` */
  readonly kernelThread: boolean;
  /** Which of its paths lead nowhere any more. `exe`, `cwd`, `root` */
  readonly deleted: Known<readonly ('exe' | 'cwd' | 'root')[]>;

  /** The effective user, by number and by the name in /etc/passwd ('1000' where it has none). */
  readonly uid: number;
  readonly user: string;
  /** The effective group. */
  readonly gid: number;
  /** Resident memory; 0 for threads of the kernel and zombies. `stat` */
  readonly rss: number;
  /** Addresses in use. `stat` */
  readonly virtual: number;
  /** The proportional and the unique share. `smaps_rollup`, Linux 4.14 */
  readonly pss: Known<number>;
  readonly uss: Known<number>;
  /** Swapped out. `status`, Linux 2.6.34 */
  readonly swap: Known<number>;
  /** Processor time of all its threads, in its own code and in the kernel. `stat` */
  readonly cpuTime: number;
  /** How many threads it has. `stat` */
  readonly threadCount: number;
  /** -20 to 19. `stat` */
  readonly nice: number;

  /** With whose rights it acts. `status`, `loginuid`, `sessionid`, `attr/current` */
  readonly credentials: Known<Credentials>;
  /** What it was started with; what it changed since is not there. `environ` */
  readonly environment: Known<Readonly<Record<string, string>>>;
  /** Working directory, and root. `cwd`, `root` */
  readonly cwd: Known<string>;
  readonly root: Known<string>;
  /** Permissions that new files do not get. `status`, Linux 4.7 */
  readonly umask: Known<number>;
  /** Its open files, with who holds the other ends. `fd`, `fdinfo`, `net/*`, sock_diag(7) */
  readonly descriptors: Known<readonly DescriptorInfo[]>;
  /** `status`, `smaps` */
  readonly memory: Memory;
  /** `stat`, `status`, `schedstat`, `oom_score`, `oom_score_adj`, ioprio_get(2) */
  readonly scheduling: SchedulingInfo;
  /** `status` */
  readonly signals: Known<SignalSets>;
  /** `limits`, Linux 2.6.24 */
  readonly limits: Known<Readonly<Record<LimitName, Limit>>>;
  /** `ns`, `status` */
  readonly namespaces: Namespaces;
  /** `cgroup`, Linux 2.6.24 */
  readonly cgroup: Known<CgroupInfo>;
  /** The container that its control groups name; null: they name none. `cgroup` */
  readonly container: Known<Container | null>;
  /** `task` */
  readonly threads: Known<readonly ThreadInfo[]>;
  /** `stat` */
  readonly times: Times;
  /** `io`, Linux 2.6.20 */
  readonly io: Known<IoCounters>;
}

/** The name of a field of {@link ProcessInfo}. */
export type ProcessField = keyof ProcessInfo;
