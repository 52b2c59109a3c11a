/** `brood features` */
import { features } from '../index.ts';

/** Prints each feature: whether it is there, and why. */
export function printFeatures(json: boolean): void {
  const all = features();
  if (json) {
    console.log(JSON.stringify(all, undefined, 2));
    return;
  }
  const entries = Object.entries(all);
  const width = Math.max(...entries.map(([name]) => name.length));
  for (const [name, { available, reason }] of entries) {
    console.log(`${name.padEnd(width)}  ${available ? 'yes' : 'no '}  ${reason}`);
  }
}
