/** The id that no process ever has. */

/**
 * 0: no process ever has this id, so it can stand for "none yet" where a pid is kept as a number.
 * attach() refuses it. Source: credentials(7), kill(2).
 *
 * @example
 * ```ts
 * import { current, NullID } from 'brood';
 * console.log(NullID, current.pid === NullID); // 0 false
 * ```
 */
export const NullID = 0;
