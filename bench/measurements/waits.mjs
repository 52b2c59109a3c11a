/** Many waits in flight, on processes of somebody else and on own ones. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { median, quantile } from '../lib/stats.mjs';
import { kibibytes, microseconds, milliseconds, percent, whole } from '../lib/units.mjs';

let files = 0;

/** A file of `count` slots for the sleepers, gone afterwards. */
async function withSlots(count, work) {
  files += 1;
  const path = join(tmpdir(), `brood-bench-${process.pid}-${files}`);
  writeFileSync(path, '');
  truncateSync(path, count * 8);
  try {
    return await work(path);
  } finally {
    rmSync(path, { force: true });
  }
}

function sleepersEntry(program, slots, count) {
  return { name: 'sleepers', command: program, args: ['serve', slots, String(count)] };
}

/** A Node that waits for sleepers, and what ends these: `end(pace, from, to)`. */
class Subject {
  /** @readonly */
  #slots;
  /** @readonly */
  #idleMs;
  #end;

  constructor(contestant, { name, slots, count, idleMs }) {
    this.#idleMs = idleMs;
    this.contestant = contestant;
    this.name = name;
    this.count = count;
    this.single = [];
    this.#slots = slots;
  }

  /** Waits for what `sleepers` forked. */
  async waitForOthers(sleepers, pids) {
    this.#end = (pace, from, to) => sleepers.ask('own', pace, from, to);
    await this.#setUp(['others', this.#slots, ...pids]);
  }

  /** Starts sleepers itself; `sleepers` only ends them. */
  async waitForOwn(sleepers, program) {
    const { pids } = await this.#setUp(['own', this.#slots, program, this.count]);
    this.#end = (pace, from, to) => sleepers.ask('pids', pace, ...pids.slice(from, to));
  }

  async #setUp(words) {
    this.without = await this.#idle(this.#idleMs);
    const answer = await this.contestant.ask('waits', ...words);
    this.setUp = answer.ns;
    this.memory = answer.memory;
    return answer;
  }

  /** The share of one core that it takes for doing nothing, and how often a thread of it ran. */
  async #idle(ms) {
    const { cpuNs, runs } = await this.contestant.ask('waits', 'idle', ms);
    return { share: cpuNs / (ms * 1e6), runs };
  }

  async rest(ms) {
    this.idle = await this.#idle(ms);
  }

  /** Ends some; 1000 microseconds between two, or all at once. */
  async finish(pace, from, to) {
    await this.#end(pace, from, to);
    return this.contestant.ask('waits', 'latencies', from, to);
  }
}

const forOthers = {
  name: 'brood, processes of others',
  way: 'brood',
  begin: async (subject, sleepers, { pids }) => subject.waitForOthers(sleepers, pids),
};

function forOwn(way, name) {
  return {
    name: `${name}, own children`,
    way,
    begin: async (subject, sleepers, { program }) => subject.waitForOwn(sleepers, program),
  };
}

async function inTurns(subjects, { count, paced, rounds, idleMs }) {
  await Promise.all(subjects.map((subject) => subject.rest(idleMs)));
  for (let from = 0; from < rounds * paced; from += paced) {
    for (const subject of subjects) {
      subject.single.push(await subject.finish(1000, from, from + paced));
    }
  }
  for (const subject of subjects) subject.last = await subject.finish(0, rounds * paced, count);
  return subjects;
}

/** Sets up each of `kinds` in turn, one within the other, and measures them when all are there. */
async function together(context, kinds, sizes, subjects = []) {
  const [kind, ...others] = kinds;
  if (kind === undefined) return inTurns(subjects, sizes);
  const program = context.programs.sleepers;
  return withSlots(sizes.count, (slots) => {
    const forked = kind === forOthers ? sizes.count : 0;
    const entries = [sleepersEntry(program, slots, forked), inNode(kind.way, kind.name)];
    return withContestants(entries, async ([sleepers, contestant]) => {
      const { pids } = await sleepers.answer();
      const subject = new Subject(contestant, { ...sizes, name: kind.name, slots });
      await kind.begin(subject, sleepers, { pids, program });
      return together(context, others, sizes, [...subjects, subject]);
    });
  });
}

function row({ name, count, setUp, memory, idle, without, single, last }) {
  const latencies = single.flatMap((answer) => answer.ns);
  return [
    name,
    whole(count),
    kibibytes(memory / count),
    microseconds(setUp / count),
    `${percent(idle.share)}, ${whole(idle.runs)} (${percent(without.share)}, ${whole(without.runs)})`,
    microseconds(median(latencies)),
    microseconds(quantile(latencies, 0.99)),
    `${whole(last.ns.length)} in ${milliseconds(last.lastCallback - last.firstExit)}`,
  ];
}

const head = [
  '',
  'waits',
  'resident each',
  'to set up, each',
  'CPU while idle, runs of threads (without waits)',
  'exit to callback, p50',
  'p99',
  'all at once',
];

function tally({ count, single, last }) {
  const sum = (key) => [...single, last].reduce((total, answer) => total + answer[key], 0);
  const [right, unknown] = [sum('right'), sum('unknown')];
  return { right, unknown, wrong: count - right - unknown };
}

function statuses(subject) {
  const { right, unknown, wrong } = tally(subject);
  const counts = `${whole(right)} told, ${whole(unknown)} not known, ${whole(wrong)} wrong`;
  return `${subject.name} (${whole(subject.count)}): ${counts}.`;
}

function targets(subjects) {
  const ours = subjects.filter(({ name }) => name.startsWith('brood'));
  const many = ours.filter(({ count }) => count >= 10_000);
  const idle = Math.max(...ours.map((subject) => subject.idle.share - subject.without.share));
  return [
    {
      claim: '10,000 waits in flight on processes of others, and on own ones; no status wrong',
      measured: ours.map(({ count }) => whole(count)).join(', '),
      met: many.length < 2 ? undefined : many.every((subject) => tally(subject).wrong === 0),
    },
    {
      claim: 'no CPU while they wait (less than 0.1 % of a core above a Node without waits)',
      measured: percent(Math.max(0, idle)),
      met: idle < 0.001,
    },
  ];
}

export async function waits(context) {
  const sizes = (count) =>
    context.quick
      ? { count: count / 10, paced: count / 100, rounds: 2, idleMs: 5000 }
      : { count, paced: count === 1000 ? 100 : 300, rounds: 3, idleMs: 20_000 };
  const [ownOfBrood, ownOfNode] = [
    forOwn('brood', 'brood'),
    forOwn('child_process', 'node:child_process'),
  ];
  const subjects = [
    ...(await together(context, [forOthers, ownOfBrood], sizes(10_000))),
    ...(await together(context, [ownOfBrood, ownOfNode], sizes(1000))),
  ];
  return {
    title: 'Many waits in flight',
    text: [
      'Sleepers in C note CLOCK_MONOTONIC in shared memory right before `_exit(2)`, so the time to the ' +
        'callback has in it what the kernel takes to end a process. p50 and p99: one ended each ' +
        'millisecond by another program; then the rest all at once, from the first exit to the last ' +
        'callback. Resident memory is that of the Node, after a garbage collection; what the kernel ' +
        'holds for a pidfd and its epoll entry is not in it. Idle is what /proc/self/task/*/schedstat says ' +
        `over ${sizes(10_000).idleMs / 1000} s, after nine seconds without any: V8 collects garbage some time after the set-up, with or without waits.`,
      `Exit codes. ${subjects.map(statuses).join(' ')}`,
    ],
    tables: [{ head, rows: subjects.map(row) }],
    targets: targets(subjects),
  };
}
