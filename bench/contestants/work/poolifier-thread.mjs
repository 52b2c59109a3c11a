import { ThreadWorker } from 'poolifier';

import { perform } from './pool-work.mjs';

// oxlint-disable-next-line import/no-default-export -- what poolifier asks for
export default new ThreadWorker(perform);
