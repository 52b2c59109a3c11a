/** One function over many items, on all processors: small ones, heavy ones, and over a large table. */
import { fileURLToPath } from 'node:url';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, quantile, ratio } from '../lib/stats.mjs';
import { milliseconds, times, whole } from '../lib/units.mjs';

const python = fileURLToPath(new URL('../contestants/python_map.py', import.meta.url));

const brood = inNode('map-brood', 'brood map');
const processes = inNode('map-tinypool-child_process', 'tinypool, processes that are kept');
const threads = inNode('map-tinypool-worker_threads', 'tinypool, threads that are kept');
const loop = inNode('map-loop', 'a loop in one process');

function inPython(name, argument) {
  return { name, command: 'python3', args: [python, argument] };
}

function entries({ all }) {
  if (all.get('Python subprocess').missing) return [brood, processes, threads, loop];
  return [
    brood,
    processes,
    threads,
    loop,
    inPython('Python multiprocessing.Pool by fork', 'pool'),
    inPython('Python ProcessPoolExecutor by fork', 'executor'),
  ];
}

function rowsOf(results) {
  const own = results.get(brood.name);
  return [...results]
    .toSorted(([, a], [, b]) => median(a) - median(b))
    .map(([name, ns]) => [
      name,
      milliseconds(median(ns)),
      `${milliseconds(quantile(ns, 0.1))} – ${milliseconds(quantile(ns, 0.9))}`,
      times(ratio(ns, own)),
    ]);
}

/** The wall times by name, and the processor time of the program itself. */
async function measured(contestants, rounds, words) {
  const own = new Map(contestants.map(({ name }) => [name, []]));
  const results = await inRounds(contestants, rounds, async (contestant) => {
    const { ns, ownNs } = await contestant.ask(...words);
    own.get(contestant.name).push(ownNs);
    return ns;
  });
  return { results, own };
}

export async function map(context) {
  const [rounds, count, heavy, mebibytes] = context.quick
    ? [3, 1_000_000, 8, 50]
    : [8, 1_000_000, 32, 200];
  const [small, pi] = await withContestants(entries(context), async (contestants) => [
    await measured(contestants, rounds, ['map', 'small', count]),
    await measured(contestants, rounds, ['map', 'pi', heavy]),
  ]);
  const state = await withContestants([brood, processes, threads], (contestants) =>
    measured(contestants, Math.min(rounds, 5), ['state', mebibytes]),
  );
  const head = ['', 'all (median of rounds)', '10 % – 90 %', '÷ brood map'];
  const cpu = [...small.own].map(([name, ns]) => [name, milliseconds(median(ns))]);
  return {
    title: 'One function over many items',
    text: [
      'brood and Python make their processes anew for each run, which is in the time; tinypool has its own ' +
        'ready, and is given batches by hand, four for each worker.',
      `First ${whole(count)} items, n + 1: what is measured is how items and results travel; the second ` +
        'table is the processor time of the program itself in it. ' +
        `Third: ${heavy} items of 2²⁰ steps each (π by chance). Fourth: the rows of a table of some ` +
        `${mebibytes} MiB of objects, summed: who has not inherited it has to be sent it.`,
    ],
    tables: [
      { head, rows: rowsOf(small.results) },
      { head: ['', 'processor time of the program'], rows: cpu },
      { head, rows: rowsOf(pi.results) },
      { head, rows: rowsOf(state.results) },
    ],
    targets: [
      ...targetsOf(small.results, 'a million small items'),
      ...targetsOf(pi.results, 'heavy items'),
      ...targetsOf(state.results, `${mebibytes} MiB of inherited state`),
    ],
  };
}

function targetsOf(results, of) {
  const own = results.get(brood.name);
  const others = [...results.keys()].filter((name) => name !== brood.name && name !== loop.name);
  const least = Math.min(...others.map((name) => ratio(results.get(name), own)));
  return [
    { claim: `map over ${of}: ahead of every pool`, measured: times(least), met: least >= 1 },
  ];
}
