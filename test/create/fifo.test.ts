import assert from 'node:assert/strict';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { run, runSync } from 'brood';

import { temporaryFolder } from '../harness/temp.ts';

test('a FIFO that does not block here, and whose writer has gone, holds up no start', async (t) => {
  const path = join(await temporaryFolder(t), 'fifo');
  await run('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(fd));
  const { stdout } = await run('sh', ['-c', 'cat; echo end; grep flags /proc/self/fdinfo/0'], {
    stdin: fd,
  });
  const flags = /^end\nflags:\t(\d+)$/m.exec(stdout)?.[1];
  assert.ok(flags !== undefined, stdout);
  assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0, 'it blocks in the child');
  assert.equal(runSync('cat', { stdin: fd }).stdout, '');
});
