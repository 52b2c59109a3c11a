// npm run bench [-- --quick] [-- --only NAME]: measures, and writes ../docs/performance.md. A quick run, or
// one of a part, only prints.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { lineUp } from './lib/line-up.mjs';
import { disturbance, machine } from './lib/machine.mjs';
import { compilePrograms } from './lib/programs.mjs';
import { documentText, sectionText, targetsText } from './lib/report.mjs';
import { captured, stages } from './measurements/bytes.mjs';
import { forks } from './measurements/forks.mjs';
import { inspect } from './measurements/inspect.mjs';
import { map } from './measurements/map.mjs';
import { loop, memory } from './measurements/memory.mjs';
import { pools } from './measurements/pools.mjs';
import { parallel, sequence } from './measurements/starts.mjs';
import { tasks } from './measurements/tasks.mjs';
import { waits } from './measurements/waits.mjs';

const measurements = new Map([
  ['sequence', sequence],
  ['parallel', parallel],
  ['fork', forks],
  ['memory', memory],
  ['loop', loop],
  ['capture', captured],
  ['pipeline', stages],
  ['waits', waits],
  ['tasks', tasks],
  ['inspect', inspect],
  ['map', map],
  ['pool', pools],
]);

function wanted(only) {
  if (only === undefined) return [...measurements];
  const measure = measurements.get(only);
  if (measure !== undefined) return [[only, measure]];
  throw new Error(`--only takes one of ${[...measurements.keys()].join(', ')}`);
}

/** One part that fails (too few processes allowed, say) does not cost the others their numbers. */
async function measuredOrNot(name, measure, context) {
  try {
    return await measure(context);
  } catch (error) {
    process.exitCode = 1;
    const target = { claim: `all of "${name}"`, measured: '', met: undefined };
    return { title: name, text: [`Failed: ${error.message}`], tables: [], targets: [target] };
  }
}

async function measureAll(chosen, context) {
  const sections = [];
  for (const [name, measure] of chosen) {
    const from = performance.now();
    process.stderr.write(`${name} … `);
    sections.push(await measuredOrNot(name, measure, context));
    process.stderr.write(`${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  }
  return sections;
}

/** Without the addon one would measure child_process under another name. */
async function requireAddon() {
  const { features } = await import('brood').catch((error) => {
    throw new Error(`brood is not built, run "npm ci" in the folder above: ${error.message}`);
  });
  const { addon } = features();
  if (!addon.available) throw new Error(`brood runs without its addon: ${addon.reason}`);
}

async function main() {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const chosen = wanted(values.only);
  await requireAddon();
  const programs = compilePrograms();
  const all = lineUp(programs);
  const machineRows = machine(all);
  const remarks = [disturbance()].filter((remark) => remark !== undefined);
  const sections = await measureAll(chosen, { quick: values.quick, programs, all });
  const parts = [...remarks, ...sections.map(sectionText), targetsText(sections)];
  process.stdout.write(`\n${parts.join('\n\n')}\n`);
  if (values.quick || values.only !== undefined) return;
  const page = new URL('../docs/performance.md', import.meta.url);
  writeFileSync(page, documentText(sections, { machineRows, remarks }));
}

await main();
