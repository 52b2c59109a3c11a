/** fork(2) beside other ways to have this program's code run elsewhere, and what it costs in memory. */
import os from 'node:os';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, quantile, ratio } from '../lib/stats.mjs';
import { mebibytes, milliseconds, times } from '../lib/units.mjs';

const floor = 'C fork of the same memory';
const ours = 'brood fork()';
const theirs = 'child_process.fork of an empty module';
const thread = 'worker_threads, an empty module';
const python = 'Python os.fork';
const pythons = new Map([
  [python, []],
  ['Python multiprocessing, fork', ['fork']],
  ['Python multiprocessing, forkserver', ['forkserver']],
  ['Python multiprocessing, spawn', ['spawn']],
]);

/** How many one after the other make a round; the others need long. */
const counts = { [floor]: 60, [ours]: 60, [python]: 60, 'Python multiprocessing, fork': 30 };
const fewest = 5;

function runners({ all, programs }) {
  const { command, args, missing } = all.get('Python subprocess');
  const entries = [
    { name: floor, command: programs.floor, args: [] },
    inNode('brood', ours),
    inNode('child_process', theirs),
    inNode('worker_threads', thread),
  ];
  if (missing === true) return entries;
  return entries.concat([...pythons.keys()].map((name) => ({ name, command, args })));
}

function wordsFor(name, size) {
  return name === floor ? [size] : (pythons.get(name) ?? []);
}

async function speed(context) {
  const rounds = context.quick ? 3 : 12;
  const results = await withContestants(runners(context), async (contestants) => {
    const brood = contestants.find(({ name }) => name === ours);
    const { anonymous } = await brood.ask('hold', 0, 0);
    const size = Math.round(anonymous / 2 ** 20);
    return inRounds(contestants, rounds, async (contestant) => {
      const count = counts[contestant.name] ?? fewest;
      const words = wordsFor(contestant.name, size);
      return (await contestant.ask('forks', count, ...words)).ns / count;
    });
  });
  const rows = [...results].map(([name, ns]) => [
    name,
    milliseconds(median(ns)),
    `${milliseconds(quantile(ns, 0.1))} – ${milliseconds(quantile(ns, 0.9))}`,
    times(ratio(ns, results.get(floor))),
    times(ratio(ns, results.get(ours))),
  ]);
  const head = ['', 'each (median of rounds)', '10 % – 90 % of rounds', '÷ C fork', '÷ brood'];
  return { results, rounds, table: { head, rows } };
}

/** MiB of objects and of Buffers. */
const sizes = { 'nothing of ours': [0, 0], objects: [1000, 0], Buffers: [0, 1024] };

async function growth(context) {
  const [rounds, count] = context.quick ? [2, 4] : [6, 10];
  const entries = Object.keys(sizes).map((name) => {
    const { command, args } = inNode('brood');
    return { name, command, args: ['--max-old-space-size=4096', ...args] };
  });
  return withContestants(entries, async (contestants) => {
    const held = new Map();
    for (const contestant of contestants) {
      const { anonymous } = await contestant.ask('hold', ...sizes[contestant.name]);
      held.set(contestant.name, anonymous);
    }
    const results = await inRounds(
      contestants,
      rounds,
      async (contestant) => (await contestant.ask('forks', count)).ns / count,
    );
    const [nothing] = results.keys();
    const rows = [...results].map(([name, ns]) => {
      const more = held.get(name) - held.get(nothing);
      const extra = ns.map((each, round) => each - results.get(nothing)[round]);
      const perGiB = name === nothing ? '' : milliseconds((median(extra) * 2 ** 30) / more);
      return [name, mebibytes(held.get(name)), milliseconds(median(ns)), perGiB];
    });
    return { head: ['it holds', 'memory of its own', 'fork, exit, wait', 'each GiB more'], rows };
  });
}

const familySize = 8;

/** Eight programs with 500 MB each; undefined where the machine has no room for them. */
async function families() {
  if (os.freemem() < 10 * 2 ** 30) return undefined;
  const entries = [inNode('brood', ours), inNode('child_process', theirs)];
  return withContestants(entries, async (contestants) => {
    const bytes = new Map();
    for (const contestant of contestants) {
      const answer = await contestant.ask('family', familySize, 250, 250);
      bytes.set(contestant.name, answer.bytes);
    }
    return bytes;
  });
}

function targets({ results }, bytes) {
  const ahead = ratio(results.get(theirs), results.get(ours));
  const snakes = results.get('Python multiprocessing, fork');
  const snake = snakes && ratio(snakes, results.get(ours));
  const shared = bytes && bytes.get(theirs) / bytes.get(ours);
  return [
    ['fork() at least 20 × faster than child_process.fork', ahead, ahead >= 20],
    [
      "fork() faster than a process of Python's multiprocessing that is forked",
      snake,
      snake && snake > 1,
    ],
    [
      '8 children of 500 MB in at most a quarter of the memory of copies',
      shared,
      shared && shared >= 4,
    ],
  ].map(([claim, value, met]) => ({
    claim,
    measured: value === undefined ? 'not on this machine' : times(value),
    met,
  }));
}

export async function forks(context) {
  const { table, rounds, results } = await speed(context);
  const larger = await growth(context);
  const bytes = await families();
  const rows = [...(bytes ?? [])].map(([name, each]) => [name, mebibytes(each)]);
  return {
    title: 'Fork, exit and wait',
    text: [
      `One after the other, ${rounds} rounds. The C program holds as much memory of its own as the Node ` +
        'that forks, which is what a fork copies the page tables of; it does nothing else. Python holds a ' +
        'fraction of that.',
      'The second table: what a fork costs in a program that has grown. The third: memory of a parent ' +
        `and ${familySize} children that have read 250 MiB of objects and 250 MiB of Buffers, each page ` +
        'divided by those that have it (PSS).',
    ],
    tables: [table, larger, { head: ['', 'memory of all nine'], rows }],
    targets: targets({ results }, bytes),
  };
}
