/** A table that a program holds, in objects, of about so many MiB; and what is asked of it. */
export function tableOf(mebibytes) {
  const rows = mebibytes * 8192;
  return Array.from({ length: rows }, (_, n) => ({ id: n, weight: n % 97, name: `row ${n}` }));
}
