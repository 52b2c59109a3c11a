/** Workers that stay: calls one after the other and all at once, their start, payloads, memory. */
import { fileURLToPath } from 'node:url';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, ratio } from '../lib/stats.mjs';
import { mebibytes, microseconds, milliseconds, times, whole } from '../lib/units.mjs';

const python = fileURLToPath(new URL('../contestants/python_pool.py', import.meta.url));

const ours = inNode('pool-brood-fork', 'brood Pool, closures (fork)');
const served = inNode('pool-brood-forkserver', 'brood Pool, a module (forkserver)');
const processes = [
  inNode('pool-tinypool-processes', 'tinypool, processes'),
  inNode('pool-workerpool-processes', 'workerpool, processes'),
  inNode('pool-jest-worker-processes', 'jest-worker, processes'),
  inNode('pool-by-hand', 'child_process.fork by hand'),
];
const threads = [
  inNode('pool-piscina', 'piscina (threads)'),
  inNode('pool-tinypool-threads', 'tinypool (threads)'),
  inNode('pool-workerpool-threads', 'workerpool (threads)'),
  inNode('pool-poolifier-threads', 'poolifier (threads)'),
  inNode('pool-jest-worker-threads', 'jest-worker (threads)'),
];

function inPython(name, argument) {
  return { name, command: 'python3', args: [python, argument] };
}

/** Rounds, and the words for each contestant. */
function plans(quick) {
  const n = (count) => (quick ? Math.ceil(count / 5) : count);
  return {
    series: { title: 'one after the other', words: ['series', n(1000)], unit: microseconds },
    burst: {
      title: `${whole(n(10_000))} at once`,
      words: ['burst', n(10_000)],
      unit: microseconds,
    },
    factorials: {
      title: `${whole(n(2000))} × 1000! at once`,
      words: ['factorials', n(2000)],
      unit: microseconds,
    },
    start: { title: 'start, to the first result', words: ['start', n(5)], unit: milliseconds },
    small: { title: '1 KiB there and back', words: ['echo', n(500), 1], unit: microseconds },
    large: { title: '16 MiB there and back', words: ['echo', n(10), 16384], unit: milliseconds },
  };
}

function rowOf(name, columns) {
  const cells = columns.flatMap(({ results, unit }) => [
    unit(median(results.get(name))),
    times(ratio(results.get(name), results.get(ours.name))),
  ]);
  return [name, ...cells];
}

/** The places of a table: the contestants by how they did in the first column. */
function tableOf(entries, columns) {
  const [first] = columns;
  const names = entries
    .map(({ name }) => name)
    .toSorted((a, b) => median(first.results.get(a)) - median(first.results.get(b)));
  return {
    head: ['', ...columns.flatMap(({ title }) => [title, '÷ brood'])],
    rows: names.map((name) => rowOf(name, columns)),
  };
}

/** How far the best of these is ahead (above 1: we are). */
function aheadOf(entries, { title, results }, least, kind) {
  const best = Math.min(
    ...entries.map(({ name }) => ratio(results.get(name), results.get(ours.name))),
  );
  const claim =
    least >= 1
      ? `Pool, ${title}: ahead of every pool of ${kind}`
      : `Pool, ${title}: at most ${(1 / least).toFixed(1)} × the best pool of ${kind}`;
  return {
    claim,
    measured: least >= 1 ? times(best) : times(1 / best),
    met: best >= least,
  };
}

const workers = 8;

export async function pools(context) {
  const snakes = context.all.get('Python subprocess').missing
    ? []
    : [
        inPython('Python multiprocessing.Pool', 'pool'),
        inPython('Python ProcessPoolExecutor', 'executor'),
      ];
  const entries = [ours, served, ...processes, ...threads, ...snakes];
  const rounds = context.quick ? 3 : 8;
  const plan = plans(context.quick);
  const columns = {};
  const memory = new Map();
  await withContestants(entries, async (contestants) => {
    for (const [key, { title, words, unit }] of Object.entries(plan)) {
      const results = await inRounds(contestants, rounds, async (contestant) => {
        const { ns } = await contestant.ask('pool', ...words);
        return ns;
      });
      columns[key] = { title, unit, results };
    }
    for (const contestant of contestants) {
      if (snakes.some(({ name }) => name === contestant.name)) continue;
      memory.set(contestant.name, (await contestant.ask('pool', 'memory', workers)).bytes);
    }
  });
  return section({ entries, columns, memory, snakes });
}

function section({ entries, columns, memory, snakes }) {
  const { series, burst, factorials, start, small, large } = columns;
  const others = [...processes, ...snakes];
  return {
    title: 'Workers that stay',
    text: [
      'Two workers each. A call that does nothing, one after the other and many at once (each, in the ' +
        'throughput of all); 1000! as a BigInt with its digits; a new pool until its first result; text ' +
        'that travels there and back.',
      'A thread shares its memory, its crash and its limits with all others, and cannot be killed from ' +
        'outside; what has to be told to it need not pass through the kernel.',
      `The last table: memory that each of ${workers} workers takes (PSS).`,
    ],
    tables: [
      tableOf(entries, [series, burst, factorials]),
      tableOf(entries, [start, small, large]),
      {
        head: ['', 'memory a worker'],
        rows: [...memory]
          .toSorted(([, a], [, b]) => a - b)
          .map(([name, bytes]) => [name, mebibytes(bytes)]),
      },
    ],
    targets: [
      ...[series, burst, factorials, start, small, large].map((each) =>
        aheadOf(others, each, 1, 'processes'),
      ),
      ...[series, burst].map((each) => aheadOf(threads, each, 1 / 1.5, 'threads')),
      aheadOf(threads, start, 1, 'threads'),
    ],
  };
}
