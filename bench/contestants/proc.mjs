import { readFileSync } from 'node:fs';

/** Bytes, from a line `NAME:   123 kB` of /proc/PID/`file`. */
export function memoryOf(pid, file, name) {
  const text = readFileSync(`/proc/${pid}/${file}`, 'latin1');
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)[1]) * 1024;
}
