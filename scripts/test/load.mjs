/** Keeps every core busy, so that a test that hopes for a quick machine is found out. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Ends by itself when the run was killed, and could not stop it. */
const burn = `while (process.ppid === ${process.pid});`;

/** Returns what stops it. */
export function startLoad() {
  const burners = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', burn], { stdio: 'ignore' }),
  );
  return () => {
    for (const burner of burners) burner.kill('SIGKILL');
  };
}
