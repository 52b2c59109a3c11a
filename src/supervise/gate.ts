/** A promise that is opened from outside. */
export interface Gate {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** A new one, closed. */
export function gate(): Gate {
  let open: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, resolve: () => open?.() };
}
