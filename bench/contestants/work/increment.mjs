/** What every task does: nothing to speak of. */
export function increment(n) {
  return n + 1;
}

/** For tinypool, which calls what a module exports by default. */
// oxlint-disable-next-line import/no-default-export -- what tinypool asks for
export default increment;
