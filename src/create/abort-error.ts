/** The error of what the caller called off. */
export { abortError } from '../errors.ts';
