// For worker_threads.
import { parentPort, workerData } from 'node:worker_threads';

import { increment } from './increment.mjs';

parentPort.postMessage(increment(workerData));
