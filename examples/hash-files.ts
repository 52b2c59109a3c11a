/** Hashes the files of a folder on all processors; the processes know the list without being sent it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { map } from 'brood/pool';

const folder = new URL('.', import.meta.resolve('brood')).pathname;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.js'),
);

// A closure: folder and the imports above are there, over there.
const digests = map(files, (name) => {
  const digest = createHash('sha256').update(readFileSync(join(folder, name)));
  return digest.digest('hex');
});

let hashed = 0;
for await (const digest of digests) {
  const name = files[hashed++]!;
  if (name === 'index.js') console.log(`${digest}  ${name}`);
}
console.log(`${hashed === files.length ? 'all' : hashed} of ${files.length} files`);
