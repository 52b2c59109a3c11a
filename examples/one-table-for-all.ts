/** A large structure that is parsed once and used by four processes: each has it, and none copies it. */
import { readFileSync } from 'node:fs';

import { fork, pipe, type Process } from 'brood';

interface City {
  readonly name: string;
  readonly inhabitants: number;
}

const text = JSON.stringify(
  Array.from({ length: 300_000 }, (_, i) => ({
    name: `City ${i}`,
    inhabitants: (i * 7919) % 1_000_003,
  })),
);
const cities = JSON.parse(text) as City[];

/** MB of memory that are this process's alone. */
function ownMemory(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'latin1');
  const kilobytes = [...rollup.matchAll(/^Private_\w+: +(\d+)/gm)].map((match) => Number(match[1]));
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1024);
}

const shares = 4;
const whole = ownMemory();
const answers = pipe();
const workers: Process[] = [];

for (let share = 0; share < shares; share++) {
  const worker = fork();
  if (worker.isCurrent) {
    const size = cities.length / shares;
    const largest = cities
      .slice(share * size, (share + 1) * size)
      .reduce((best, city) => (city.inhabitants > best.inhabitants ? city : best));
    const answer = `share ${share}: ${largest.name} has ${largest.inhabitants}`;
    answers.writeEnd.writable().end(`${answer} (${ownMemory()} of ${whole} MB are mine)\n`);
    break;
  }
  workers.push(worker);
}

if (workers.length === shares) {
  answers.writeEnd.close();
  for await (const chunk of answers.readEnd.readable()) process.stdout.write(String(chunk));
  const statuses = await Promise.all(workers.map((worker) => worker.wait()));
  console.log(statuses.join(', '));
}
