/** Hashes the files of a folder in four processes, which know the list without being sent it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { task } from 'brood';

const folder = new URL('.', import.meta.resolve('brood')).pathname;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.js'),
);
const processes = 4;

const tasks = await Promise.all(
  Array.from({ length: processes }, (_, share) =>
    // A closure: folder, files and the imports above are there, over there.
    task.with({ method: 'fork', priority: 10 })(function* () {
      for (let at = share; at < files.length; at += processes) {
        const name = files[at]!;
        const digest = createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex');
        yield { name, digest };
      }
    }),
  ),
);

let hashed = 0;
await Promise.all(
  tasks.map(async (t) => {
    for await (const { name, digest } of t.result) {
      hashed += 1;
      if (name === 'index.js') console.log(`${digest}  ${name} (process ${t.pid})`);
    }
  }),
);
console.log(`${hashed === files.length ? 'all' : hashed} of ${files.length} files`);
