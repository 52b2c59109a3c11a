/** Three digits that count; whole numbers above. */
function digits(value) {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 3));
}

export function milliseconds(ns) {
  return `${digits(ns / 1e6)} ms`;
}

export function microseconds(ns) {
  return `${digits(ns / 1e3)} µs`;
}

export function times(value) {
  return `${value.toFixed(2)} ×`;
}

export function percent(share) {
  return `${digits(share * 100)} %`;
}

/** `bytes` in `ns` as GB a second. */
export function throughput(bytes, ns) {
  return `${(bytes / ns).toFixed(2)} GB/s`;
}

export function mebibytes(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

export function kibibytes(bytes) {
  return `${(bytes / 1024).toFixed(2)} KiB`;
}

/** 1234567 as 1,234,567. */
export function whole(value) {
  return Math.round(value).toLocaleString('en-US');
}
