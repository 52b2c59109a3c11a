// For child_process.fork: one message in, one out, and the end.
import process from 'node:process';

import { increment } from './increment.mjs';

process.once('message', (n) => process.send(increment(n), () => process.disconnect()));
