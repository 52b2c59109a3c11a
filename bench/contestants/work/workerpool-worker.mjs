import workerpool from 'workerpool';

import { handlers } from './pool-work.mjs';

workerpool.worker(handlers);
