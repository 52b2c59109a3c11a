/** The value below which the share `q` (0 to 1) of the numbers lies. */
export function quantile(numbers, q) {
  const sorted = Float64Array.from(numbers).toSorted();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** The median over the rounds of a / b: what disturbs a round disturbs both. */
export function ratio(a, b) {
  return median(a.map((value, round) => value / b[round]));
}
