/** The same starts in a program that holds much memory, and what they keep from the event loop. */
import os from 'node:os';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, ratio } from '../lib/stats.mjs';
import { mebibytes, microseconds, times } from '../lib/units.mjs';

/** MiB of Buffers; '50 MB' is a Node that holds nothing of ours. */
const sizes = { '50 MB': 0, '1 GB': 1024, '4 GB': 4096 };

const broods = ['50 MB', '1 GB', '4 GB'].map((size) => ['brood', size]);
const peers = ['50 MB', '1 GB', '4 GB'].map((size) => ['node:child_process', size]);

const nameOf = (who, size) => `${who}, ${size}`;

/** Those that fit into the memory that is free, with half of it to spare. */
function fitting() {
  const held = [];
  let free = os.freemem() / 2 ** 20 / 2;
  for (const [who, size] of [...broods, ...peers]) {
    free -= sizes[size];
    if (free > 0) held.push({ who, size, ...inNode(who.replace('node:', ''), nameOf(who, size)) });
  }
  return held;
}

/** Starts the contestants, fills their memory, and passes them on with what they hold. */
async function withLoaded(work) {
  const entries = fitting();
  return withContestants(entries, async (contestants) => {
    const held = new Map();
    for (const [at, contestant] of contestants.entries()) {
      const { rss } = await contestant.ask('ballast', sizes[entries[at].size]);
      held.set(contestant.name, rss);
    }
    return work(contestants, held);
  });
}

const isPeer = (name) => name.startsWith('node:');

function sameAs50(results, size) {
  const loaded = results.get(nameOf('brood', size));
  const claim = `with ${size} of Buffers, at most 1.1 × its own time at 50 MB`;
  if (loaded === undefined) return { claim, measured: 'too little memory here', met: undefined };
  const value = ratio(loaded, results.get(nameOf('brood', '50 MB')));
  return { claim, measured: times(value), met: value <= 1.1 };
}

function ahead(results, size) {
  const claim = `at ${size}, child_process at least 50 × slower`;
  const peer = results.get(nameOf('node:child_process', size));
  const ours = results.get(nameOf('brood', size));
  if (peer === undefined || ours === undefined) {
    return { claim, measured: 'too little memory here', met: undefined };
  }
  const value = ratio(peer, ours);
  return { claim, measured: times(value), met: value >= 50 };
}

function row(name, ns, { results, held }) {
  const [who] = name.split(', ');
  return [
    name,
    mebibytes(held.get(name)),
    microseconds(median(ns)),
    times(ratio(ns, results.get(nameOf(who, '50 MB')))),
    times(ratio(ns, results.get(nameOf('brood', '50 MB')))),
  ];
}

export async function memory(context) {
  const [rounds, count, peerCount] = context.quick ? [2, 20, 4] : [12, 100, 8];
  return withLoaded(async (contestants, held) => {
    const results = await inRounds(contestants, rounds, async (contestant) => {
      const starts = isPeer(contestant.name) ? peerCount : count;
      return (await contestant.ask('sequence', starts)).ns / starts;
    });
    const head = [
      '',
      'resident',
      'each (median of rounds)',
      '÷ its own at 50 MB',
      '÷ brood at 50 MB',
    ];
    return {
      title: 'Start and wait in a program that holds much memory',
      text: [
        `A Node each, with Buffers of which every page was written to; ${rounds} rounds of ${count} ` +
          `starts in sequence (child_process: ${peerCount}).`,
      ],
      tables: [{ head, rows: [...results].map(([name, ns]) => row(name, ns, { results, held })) }],
      targets: ['1 GB', '4 GB'].flatMap((size) => [sameAs50(results, size), ahead(results, size)]),
    };
  });
}

const kinds = ['blocked', 'call', 'longest', 'blockedControl', 'longestControl'];

/** One list of numbers for each kind, out of the rounds of a contestant. */
function merge(rounds) {
  const samples = rounds.flatMap((round) => round.samples);
  return {
    ...Object.fromEntries(kinds.map((kind) => [kind, samples.map((sample) => sample[kind])])),
    cpu: rounds.map((round) => round.cpu),
  };
}

function loopTarget(merged) {
  const ours = [...merged].filter(([name]) => !isPeer(name));
  const worst = Math.max(...ours.map(([, numbers]) => median(numbers.longest)));
  return {
    claim:
      'the event loop blocked at most 40 µs at a stretch by a spawn (median), from 50 MB to 4 GB',
    measured: `${microseconds(worst)} in the worst of ${ours.length} sizes`,
    met: ours.length === broods.length ? worst <= 40_000 : undefined,
  };
}

function loopTable(merged) {
  const columns = [...kinds.slice(0, 3), 'cpu', ...kinds.slice(3)];
  const rows = [...merged].map(([name, numbers]) =>
    [name].concat(columns.map((kind) => microseconds(median(numbers[kind])))),
  );
  const head = ['', 'blocked', 'of it, the call', 'longest turn', 'CPU of the main thread'];
  return { head: [...head, 'no start: blocked', 'no start: longest turn'], rows };
}

export async function loop(context) {
  const [rounds, count, peerCount] = context.quick ? [2, 30, 4] : [8, 100, 8];
  return withLoaded(async (contestants) => {
    const results = await inRounds(contestants, rounds, (contestant) =>
      contestant.ask('loop', isPeer(contestant.name) ? peerCount : count),
    );
    const merged = new Map([...results].map(([name, answers]) => [name, merge(answers)]));
    return {
      title: 'How long a start keeps the event loop',
      text: [
        'An immediate in every turn of the loop notes how long the turn took. **Blocked** is all that the ' +
          'turns from the call to the end of the wait took beyond empty ones: the call, every callback ' +
          'for start and end, the promises. **Longest turn** is the longest time that somebody ' +
          "else's callback had to wait. *No start* is the same over as long a time without one: what " +
          'the machine itself does to the loop, and, after a fork, the faults of pages to be copied. ' +
          'Medians over single starts ' +
          `(${rounds} × ${count}; child_process: ${rounds} × ${peerCount}). **CPU of the main ` +
          'thread** is that of a start and wait in sequence, the loop asleep in between (schedstat): ' +
          'it has waking and falling asleep in it too.',
      ],
      tables: [loopTable(merged)],
      targets: [loopTarget(merged)],
    };
  });
}
