/** The public door `brood/pool`: many processes that work off what they are given. */
export { WorkerDiedError } from './pool/worker-died-error.ts';
