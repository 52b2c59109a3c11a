// For child_process.fork: one message in, one out, and the end.
import process from 'node:process';

import { incrementByScript } from './with-typescript.mjs';

process.once('message', (n) => process.send(incrementByScript(n), () => process.disconnect()));
