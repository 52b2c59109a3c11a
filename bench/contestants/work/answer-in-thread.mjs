// For worker_threads.
import { parentPort, workerData } from 'node:worker_threads';

import { increment } from './increment.mjs';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window, a thread
parentPort.postMessage(increment(workerData));
