/** Bytes: captured from a child, and passed from one child to the next. */
import { execFileSync } from 'node:child_process';

import { withContestants } from '../lib/contestant.mjs';
import { inNode, pick } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, ratio } from '../lib/stats.mjs';
import { mebibytes, milliseconds, percent, throughput, times } from '../lib/units.mjs';

function checked(answer, bytes, name) {
  if (answer.bytes === bytes) return answer;
  throw new Error(`${name}: ${answer.bytes} bytes instead of ${bytes}`);
}

function target(what, value) {
  return {
    claim: `${what}, the throughput of child_process at least`,
    measured: times(value),
    met: value >= 1,
  };
}

const ns = (answers) => answers.map((answer) => answer.ns);

/**
 * A virtual machine may have to ask its host for memory that nobody has used for a moment, at ten times
 * the price: that must not hit whoever comes first.
 */
function touchMemory(programs, bytes) {
  execFileSync(programs.touch, [String(2 * bytes)]);
}

/** One way to capture: who takes part, and the table for it. */
async function capture({ all, programs }, operation, { names, bytes, rounds }) {
  const results = await withContestants(pick(all, names), (contestants) =>
    inRounds(contestants, rounds, async (contestant) => {
      touchMemory(programs, bytes);
      const answer = await contestant.ask(operation, programs.writer, bytes);
      return checked(answer, bytes, contestant.name).ns;
    }),
  );
  const brood = results.get('brood');
  const rows = [...results]
    .toSorted(([, a], [, b]) => median(a) - median(b))
    .map(([name, samples]) => [
      name,
      milliseconds(median(samples)),
      throughput(bytes, median(samples)),
      times(ratio(samples, brood)),
    ]);
  const ahead = ratio(results.get('node:child_process'), brood);
  return { table: { head: ['', 'time (median)', 'throughput', 'time ÷ brood'], rows }, ahead };
}

export async function captured(context) {
  const [rounds, bytes] = context.quick ? [2, 2 ** 27] : [5, 2 ** 30];
  const chunked = await capture(context, 'stream', {
    names: [
      'C posix_spawn',
      'brood',
      'node:child_process',
      'Bun.spawn',
      'Deno.Command',
      'Python subprocess',
    ],
    bytes,
    rounds,
  });
  const whole = await capture(context, 'whole', {
    names: [
      'brood',
      'node:child_process',
      'execa',
      'Bun.spawn',
      'Deno.Command',
      'Python subprocess',
    ],
    bytes,
    rounds,
  });
  return {
    title: `Capture ${mebibytes(bytes)} of standard output`,
    text: [
      `The child is a C program that writes blocks of 64 KiB; ${rounds} rounds. First chunk by chunk ` +
        '(`spawn`, `data` events, nothing kept), then in one piece of memory (`run` with the encoding ' +
        '`buffer`, `execFile`, …; nano-spawn and tinyexec only make strings, which end at 512 MiB). ' +
        'The C floor reads blocks of 64 KiB into one buffer. Before each of them a program touches twice ' +
        'as much memory, and gives it back: on a virtual machine the first use of memory is slow.',
    ],
    tables: [chunked.table, whole.table],
    targets: [
      target('capture chunk by chunk', chunked.ahead),
      target('capture in one piece', whole.ahead),
    ],
  };
}

const stageEntries = [
  inNode('brood'),
  inNode('shell', 'node:child_process, sh -c'),
  inNode('child_process', 'node:child_process, .pipe()'),
];

/** The CPU of the parent as a share of the time. */
function share(answers) {
  return median(answers.map((answer) => answer.cpuNs / answer.ns));
}

export async function stages(context) {
  const [rounds, bytes] = context.quick ? [2, 2 ** 29] : [5, 2 ** 30];
  const results = await withContestants(stageEntries, (contestants) =>
    inRounds(contestants, rounds, async (contestant) =>
      checked(
        await contestant.ask('stages', context.programs.writer, bytes),
        bytes,
        contestant.name,
      ),
    ),
  );
  const rows = [...results].map(([name, answers]) => [
    name,
    milliseconds(median(ns(answers))),
    throughput(bytes, median(ns(answers))),
    milliseconds(median(answers.map((answer) => answer.cpuNs))),
    percent(share(answers)),
    times(ratio(ns(answers), ns(results.get('brood')))),
  ]);
  const own = share(results.get('brood'));
  return {
    title: `A pipeline of three stages, ${mebibytes(bytes)}`,
    text: [
      `\`writer | cat | wc -c\`; ${rounds} rounds. CPU is that of all threads of the parent, user and ` +
        'system, without the children.',
    ],
    tables: [
      {
        head: [
          '',
          'time (median)',
          'throughput',
          'CPU of the parent',
          'of the time',
          'time ÷ brood',
        ],
        rows,
      },
    ],
    targets: [
      { claim: 'CPU of the parent below 2 % of the time', measured: percent(own), met: own < 0.02 },
    ],
  };
}
