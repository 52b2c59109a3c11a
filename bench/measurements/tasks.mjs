/** One function in a process of its own, with its result: all start methods, and what others have. */
import { fileURLToPath } from 'node:url';

import { withContestants } from '../lib/contestant.mjs';
import { inNode } from '../lib/line-up.mjs';
import { inRounds } from '../lib/rounds.mjs';
import { median, quantile, ratio } from '../lib/stats.mjs';
import { milliseconds, times } from '../lib/units.mjs';

const python = fileURLToPath(new URL('../contestants/python_tasks.py', import.meta.url));

function inPython(method) {
  return {
    name: `Python multiprocessing, ${method}`,
    command: 'python3',
    args: [python, method],
  };
}

function entries({ all }) {
  const methods = ['fork', 'forkserver', 'spawn'];
  return [
    ...methods.map((method) => inNode(`task-${method}`, `brood task, ${method}`)),
    inNode('task-child_process', 'child_process.fork'),
    inNode('task-tinypool', 'tinypool, isolated processes'),
    inNode('task-worker_threads', 'worker_threads (a thread)'),
    ...(all.get('Python subprocess').missing ? [] : methods.map(inPython)),
  ];
}

/** The same with the compiler of TypeScript: a large module, imported ahead or by each. */
async function withCompiler(context) {
  const [rounds, count] = context.quick ? [2, 2] : [8, 5];
  const entry = {
    ours: inNode('typescript-forkserver', 'brood task, forkserver, imported ahead'),
    nodes: inNode('typescript-child_process', 'child_process.fork, which imports it'),
  };
  const results = await withContestants([entry.ours, entry.nodes], (contestants) =>
    inRounds(contestants, rounds, async (contestant) => {
      const { ns } = await contestant.ask('tasks', count);
      return ns / count;
    }),
  );
  const ours = results.get(entry.ours.name);
  const ahead = ratio(results.get(entry.nodes.name), ours);
  return {
    table: {
      head: ['with the compiler of TypeScript', 'each (median of rounds)', '÷ brood'],
      rows: [...results].map(([name, ns]) => [
        name,
        milliseconds(median(ns)),
        times(ratio(ns, ours)),
      ]),
    },
    target: {
      claim: 'with TypeScript imported ahead, child_process.fork at least 50 × slower',
      measured: times(ahead),
      met: ahead >= 50,
    },
  };
}

export async function tasks(context) {
  const compiler = await withCompiler(context);
  const [rounds, count] = context.quick ? [3, 5] : [12, 25];
  const results = await withContestants(entries(context), (contestants) =>
    inRounds(contestants, rounds, async (contestant) => {
      const { ns } = await contestant.ask('tasks', count);
      return ns / count;
    }),
  );
  const fork = results.get('brood task, fork');
  const rows = [...results]
    .toSorted(([, a], [, b]) => median(a) - median(b))
    .map(([name, ns]) => [
      name,
      milliseconds(median(ns)),
      `${milliseconds(quantile(ns, 0.1))} – ${milliseconds(quantile(ns, 0.9))}`,
      times(ratio(ns, fork)),
    ]);
  return {
    title: 'A function in a process of its own, with its result',
    text: [
      'n + 1; from the call to the end of the process, one after the other. What is forked has imported ' +
        'the module of the function. ' +
        `${rounds} rounds of ${count} each.`,
      'A thread is no process: it can be neither killed nor limited, and shares its crash with all.',
    ],
    tables: [
      { head: ['', 'each (median of rounds)', '10 % – 90 %', '÷ task by fork'], rows },
      compiler.table,
    ],
    targets: [...targets(results), compiler.target],
  };
}

function targets(results) {
  const node = results.get('child_process.fork');
  const ofMethod = (method) => {
    const ns = results.get(`brood task, ${method}`);
    const ahead = ratio(node, ns);
    return [
      {
        claim: `a task by ${method}, result included, at most 2.5 ms`,
        measured: milliseconds(median(ns)),
        met: median(ns) <= 2.5e6,
      },
      {
        claim: `a task by ${method}, child_process.fork at least 20 × slower`,
        measured: times(ahead),
        met: ahead >= 20,
      },
    ];
  };
  return [...ofMethod('fork'), ...ofMethod('forkserver')];
}
