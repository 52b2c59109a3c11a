/** Somebody without rights. */

/** The ids of `nobody` on every Linux. */
export const otherUser = { uid: 65_534, gid: 65_534 } as const;

/** Whether this program may do everything: some tests need that, some need its absence. */
export const isRoot: boolean = process.getuid?.() === 0;
