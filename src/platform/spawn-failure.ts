/** A start that failed, in words: which step, what of, and where it can be told, what to do. */
import { existsSync, statSync } from 'node:fs';

import { SpawnError, type SpawnStage } from '../errors.ts';
import type { NativeSpawnFailure } from './binding.ts';
import { stages } from './stages.ts';
import { errnoWords } from './translate.ts';

/** A failure as the addon reports it. */
export type RawFailure = Pick<NativeSpawnFailure, 'stage' | 'errno' | 'syscall' | 'path'>;

const attempts: Readonly<Record<SpawnStage, string>> = {
  resolve: 'looking it up',
  open: 'opening',
  pipe: 'making a pipe',
  clone: 'creating a process',
  cgroup: 'joining the cgroup',
  session: 'starting a session',
  processGroup: 'joining the process group',
  controllingTerminal: 'taking the controlling terminal',
  descriptors: 'arranging its descriptors',
  chdir: 'changing to the directory',
  umask: 'setting the umask',
  priority: 'setting the priority',
  scheduling: 'setting the scheduling policy',
  affinity: 'setting the CPU affinity',
  ioPriority: 'setting the I/O priority',
  oomScoreAdjust: 'setting the OOM score',
  rlimit: 'setting a resource limit',
  groups: 'setting the groups',
  setgid: 'setting the group id',
  setuid: 'setting the user id',
  deathSignal: 'setting the death signal',
  exec: 'executing',
};

/** The SpawnError for what the addon reported of starting `program`. */
export function spawnFailure(program: string, raw: RawFailure): SpawnError {
  const [code, words] = errnoWords(raw.errno);
  const { syscall, errno } = raw;
  if (isUnknownName(program, raw, code)) {
    return new SpawnError(
      `cannot start '${program}': no directory of PATH has a program of that name (${code})`,
      { code, syscall, errno, program, stage: 'resolve', path: program },
    );
  }
  const stage = stages[raw.stage] ?? 'exec';
  const path = stage === 'cgroup' ? raw.path?.replace(/\/cgroup\.procs$/, '') : raw.path;
  const of = path === undefined ? '' : ` '${path}'`;
  const hint = hintFor(stage, code, path);
  return new SpawnError(
    `cannot start '${program}': ${attempts[stage]}${of} failed: ${words} (${code})${hint}`,
    { code, syscall, errno, program, stage, path },
  );
}

/** A name that the search through PATH did not find, as against a program whose interpreter is gone. */
function isUnknownName(program: string, raw: RawFailure, code: string): boolean {
  if (stages[raw.stage] !== 'exec' || program.includes('/')) return false;
  return (code === 'ENOENT' || code === 'ENOTDIR') && !(raw.path && existsSync(raw.path));
}

function hintFor(stage: SpawnStage, code: string, path: string | undefined): string {
  if (stage === 'clone' && code === 'EAGAIN') return '; the limit of processes is reached';
  if (stage !== 'exec') return '';
  if (code === 'EAGAIN') return '; the user is at the limit of processes (RLIMIT_NPROC)';
  if (code === 'E2BIG') return '; the arguments and the environment are too long together';
  if (path === undefined) return '';
  if (code === 'ENOENT' && existsSync(path)) return '; the interpreter that it names is missing';
  if (code === 'EACCES' && isDirectory(path)) return '; it is a directory';
  return '';
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // A folder above it may not be searched: then it is that which was refused.
    return false;
  }
}
