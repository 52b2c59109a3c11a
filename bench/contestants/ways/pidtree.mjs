import { pidtree } from 'pidtree';

/** pid and ppid alone. */
export async function list() {
  return (await pidtree(-1, { advanced: true })).length;
}
