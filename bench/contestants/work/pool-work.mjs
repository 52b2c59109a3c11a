/** What the workers of all pools do. */
function factorial(n) {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product.toString().length;
}

export const handlers = {
  same: (value) => value,
  factorial,
  /** The text travels there and back. */
  echo: (text) => text,
};

export const { same, echo } = handlers;
export { factorial };

/** For pools that call one function. */
export function perform({ name, value }) {
  return handlers[name](value);
}
