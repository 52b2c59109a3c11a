/** Counts words with programs that the kernel joins: no byte between them passes through JavaScript. */
import { pipeline } from 'brood';

const text = `
the hen sat on the egg
the egg became a chick
the chick became a hen
`;

const { stdout, statuses } = await pipeline(
  [
    ['tr', '-s', ' ', '\n'],
    ['sort'],
    ['uniq', '-c'],
    ['sort', '-k1,1nr', '-k2'],
    ['head', '-n', '3'],
  ],
  { input: text.trim() },
);
console.log(stdout.trimEnd());
console.log(statuses.map(String).join(' | '));
