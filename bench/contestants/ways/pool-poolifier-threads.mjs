export { openThreadPool as open } from '../work/pool-poolifier.mjs';
