// For child_process.fork: messages in and out.
import process from 'node:process';

import { perform } from './pool-work.mjs';

process.on('message', ({ id, name, value }) => {
  process.send({ id, result: perform({ name, value }) });
});
