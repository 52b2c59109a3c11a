/** Waits for a process that somebody else started, and tells its exit code where the kernel does. */
import { attach, features, spawn } from 'brood';

// A shell starts it: we are not its parent, only its observer.
const shell = await spawn('sh', ['-c', 'sh -c "sleep 0.3; exit 7" & echo $!; wait'], {
  stdin: 'ignore',
});
let pid = 0;
for await (const line of shell) {
  pid = Number(line);
  break;
}

const stranger = attach(pid);
console.log(`watching ${stranger.pid}, child of ${stranger.parent()?.pid}`);
console.log(`in 50 ms: ${String(await stranger.wait({ timeout: 50 }))}`);
console.log(`then: ${String(await stranger.wait())}`);
console.log(`exit codes of strangers: ${features().foreignExitCodes.reason}`);
await shell.wait();
