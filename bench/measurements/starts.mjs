/** Starting /bin/true and waiting for it: one after the other, and many at once. */
import { withContestants } from '../lib/contestant.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, quantile, ratio } from '../lib/stats.mjs';
import { microseconds, times } from '../lib/units.mjs';

const everyone = ({ all }) => [...all.values()].filter((entry) => entry.missing !== true);

function rowsOf(results) {
  const brood = results.get('brood');
  const floor = results.get('C posix_spawn');
  const rows = [...results].map(([name, ns]) => ({
    name,
    ns: median(ns),
    cells: [
      name,
      microseconds(median(ns)),
      `${microseconds(quantile(ns, 0.1))} – ${microseconds(quantile(ns, 0.9))}`,
      times(ratio(ns, floor)),
      times(ratio(ns, brood)),
    ],
  }));
  return rows.toSorted((a, b) => a.ns - b.ns).map((row) => row.cells);
}

function tableOf(results) {
  const head = ['', 'each (median of rounds)', '10 % – 90 % of rounds', '÷ C floor', '÷ brood'];
  return { head, rows: rowsOf(results) };
}

function target(claim, value, met) {
  return { claim, measured: times(value), met };
}

async function compare(context, rounds, words) {
  const [operation, ...numbers] = words;
  const count = numbers.reduce((product, number) => product * number, 1);
  return withContestants(everyone(context), (contestants) =>
    inRounds(contestants, rounds, async (contestant) => {
      const { ns } = await contestant.ask(operation, ...numbers);
      return ns / count;
    }),
  );
}

export async function sequence(context) {
  const [rounds, count] = context.quick ? [3, 20] : [12, 150];
  const results = await compare(context, rounds, ['sequence', count]);
  const toFloor = ratio(results.get('brood'), results.get('C posix_spawn'));
  const ahead = ratio(results.get('node:child_process'), results.get('brood'));
  return {
    title: 'Start and wait, one after the other',
    text: [
      `/bin/true, its three standard descriptors on /dev/null; ${rounds} rounds of ${count} each.`,
    ],
    tables: [tableOf(results)],
    targets: [
      target('in sequence, at most 1.2 × the C floor', toFloor, toFloor <= 1.2),
      target('in sequence, child_process at least 2 × slower', ahead, ahead >= 2),
    ],
  };
}

export async function parallel(context) {
  const [rounds, batches, size] = context.quick ? [3, 1, 50] : [12, 3, 50];
  const results = await compare(context, rounds, ['parallel', batches, size]);
  const ahead = ratio(results.get('node:child_process'), results.get('brood'));
  return {
    title: `Start and wait, ${size} at once`,
    text: [
      `The time of a batch of ${size} divided by ${size}; ${rounds} rounds of ${batches} batches.`,
      'The C floor and Python start one after the other, and wait for all of them then.',
    ],
    tables: [tableOf(results)],
    targets: [target('in parallel, child_process at least 2.5 × slower', ahead, ahead >= 2.5)],
  };
}
