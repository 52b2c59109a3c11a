/** What every task does: nothing to speak of. */
export function increment(n) {
  return n + 1;
}

/** For tinypool, which calls what a module exports by default. */
export default increment;
