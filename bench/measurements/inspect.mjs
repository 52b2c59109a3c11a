/** Looking at all processes of the machine: lists, watching, events. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withContestants } from '../lib/contestant.mjs';
import { inNode, otherRuntime } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, quantile, ratio } from '../lib/stats.mjs';
import { milliseconds, times, whole } from '../lib/units.mjs';

const psutil = fileURLToPath(new URL('../contestants/psutil_list.py', import.meta.url));
const floorName = 'C, reading the same';

/** Lists of others that have fewer fields, or read less, take part for comparison only. */
function listers(programs) {
  // Debian's python3-psutil belongs to Debian's Python.
  const python = ['/usr/bin/python3', 'python3'].map((command) =>
    otherRuntime('psutil', command, [psutil], [psutil, '--version']),
  );
  return [
    { name: floorName, command: programs.lister, args: [] },
    inNode('inspect', 'brood'),
    inNode('ps', 'ps (procps)'),
    python.find(({ missing }) => !missing) ?? python[0],
    inNode('ps-list'),
    inNode('pidtree', 'pidtree (2 fields)'),
    inNode('pidusage', 'pidusage (3 fields)'),
    inNode('systeminformation'),
  ].filter(({ missing }) => missing !== true);
}

/** So many processes that sleep, while `work` is done. */
async function withSleepers(program, count, work) {
  if (count === 0) return work();
  const slots = join(tmpdir(), `brood-bench-list-${process.pid}`);
  writeFileSync(slots, '');
  truncateSync(slots, count * 8);
  const entry = { name: 'sleepers', command: program, args: ['serve', slots, String(count)] };
  try {
    return await withContestants([entry], async ([sleepers]) => {
      await sleepers.answer();
      const result = await work();
      await sleepers.ask('own', 0, 0, count);
      return result;
    });
  } finally {
    rmSync(slots, { force: true });
  }
}

async function compare(programs, rounds) {
  let count = 0;
  const results = await withContestants(listers(programs), (contestants) =>
    inRounds(contestants, rounds, async (contestant) => {
      const answer = await contestant.ask('list', 1);
      if (contestant.name === floorName) ({ count } = answer);
      return answer.ns;
    }),
  );
  return { results, count };
}

function tableOf({ results, count }) {
  const brood = results.get('brood');
  const floor = results.get(floorName);
  const rows = [...results].map(([name, ns]) => ({
    name,
    ns: median(ns),
    cells: [
      name,
      milliseconds(median(ns)),
      `${milliseconds(quantile(ns, 0.1))} – ${milliseconds(quantile(ns, 0.9))}`,
      times(ratio(ns, floor)),
      times(ratio(ns, brood)),
    ],
  }));
  return {
    head: [`${whole(count)} processes`, 'a list', '10 % – 90 % of rounds', '÷ C floor', '÷ brood'],
    rows: rows.toSorted((a, b) => a.ns - b.ns).map((row) => row.cells),
  };
}

function ahead(results, name, least) {
  const claim = `a list of 2,000, ${name} at least ${least} × slower`;
  if (!results.has(name)) return { claim, measured: '', met: undefined };
  const value = ratio(results.get(name), results.get('brood'));
  return { claim, measured: times(value), met: value >= least };
}

/** What brood alone does at that number of processes. */
function alone(quick) {
  return withContestants([inNode('inspect', 'brood')], async ([brood]) => {
    await brood.ask('list', 5);
    const { turns } = await brood.ask('listing', 'loop', quick ? 5 : 30);
    const { cpu } = await brood.ask('listing', 'watch', quick ? 5 : 20, 1000);
    const lives = await brood.ask('listing', 'events', 1000);
    return { turn: median(turns), cpu: median(cpu), lives };
  });
}

export async function inspect({ quick, programs }) {
  const rounds = quick ? 3 : 15;
  const few = await compare(programs, rounds);
  const [many, own] = await withSleepers(programs.sleepers, 2000, async () => [
    await compare(programs, rounds),
    await alone(quick),
  ]);
  const { results } = many;
  const toFloor = ratio(results.get('brood'), results.get(floorName));
  const { turn, cpu, lives } = own;
  const perSecond = lives.source === undefined ? 1e9 / (lives.ns / 1000) : 0;
  return {
    title: 'Looking at all processes',
    text: [
      `Eight fields of every process: pid, ppid, name, state, user, resident memory, processor time, arguments; ${rounds} rounds. The C floor reads the same files in a loop.`,
      `With 2,000 sleepers more, the longest turn of the event loop during a list of brood is ${milliseconds(turn)} (median of lists), and a look of \`watch\` takes ${milliseconds(cpu)} of processor time in all threads.`,
      lives.source === undefined
        ? `Of 1,000 processes that were born and ended in ${milliseconds(lives.ns)}, \`events\` told the end of ${whole(lives.seen)}.`
        : `Events: ${lives.source}.`,
    ],
    tables: [tableOf(few), tableOf(many)],
    targets: [
      {
        claim: 'a list of 2,000, at most 1.3 × the C floor',
        measured: times(toFloor),
        met: toFloor <= 1.3,
      },
      ahead(results, 'ps (procps)', 2),
      ahead(results, 'psutil', 4),
      ahead(results, 'systeminformation', 30),
      {
        claim: 'a list of 2,000 holds the loop up for at most 10 ms',
        measured: milliseconds(turn),
        met: turn <= 10e6,
      },
      {
        claim: 'a look of watch at 2,000, at most 20 ms of processor time',
        measured: milliseconds(cpu),
        met: cpu <= 20e6,
      },
      {
        claim: 'events: 1,000 short lives in a second, all seen',
        measured: lives.source === undefined ? `${lives.seen} at ${whole(perSecond)} a second` : '',
        met: lives.source === undefined ? lives.seen === 1000 && perSecond >= 1000 : undefined,
      },
    ],
  };
}
