/** Reads the output of a program line by line, and stops it when enough was seen. */
import { spawn } from 'brood';

// Disposed of at the end of the block: a `find` that is still busy is terminated then.
await using child = await spawn('find', ['/usr', '-name', '*.so*'], { stderr: 'ignore' });

let seen = 0;
for await (const line of child) {
  console.log(line);
  seen += 1;
  // Leaving the loop closes the pipe, as `| head -3` does.
  if (seen === 3) break;
}
console.log(`${seen} lines; find ${String(await child.wait())}`);
