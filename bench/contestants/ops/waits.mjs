// Many waits in flight. `slots` is the file in which the sleepers note when they ended.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ended = [];
const times = [];
const codes = [];
let slotsFile = '';

/** CLOCK_MONOTONIC, as the sleepers read it. */
function now() {
  return Number(process.hrtime.bigint());
}

async function note(index, wait) {
  const code = await wait;
  times[index] = now();
  codes[index] = code;
}

function rss() {
  for (let left = 2; left > 0; left--) globalThis.gc?.();
  return process.memoryUsage.rss();
}

function slots() {
  return new BigInt64Array(new Uint8Array(readFileSync(slotsFile)).buffer);
}

async function others(way, [file, ...pids]) {
  slotsFile = file;
  const before = rss();
  const from = now();
  pids.forEach((pid, index) => {
    ended[index] = note(index, way.waitForOther(Number(pid)));
  });
  const ns = now() - from;
  await sleep(100);
  return { ns, memory: rss() - before };
}

async function own(way, [file, program, count]) {
  slotsFile = file;
  const before = rss();
  const from = now();
  const pids = [];
  for (let index = 0; index < Number(count); index++) {
    const child = await way.start(program, ['one', file, String(index)]);
    pids.push(child.pid);
    ended[index] = note(index, child.ended);
  }
  const ns = now() - from;
  while (slots().includes(0n)) await sleep(10);
  return { ns, pids, memory: rss() - before };
}

/** Eight seconds after much was allocated V8 collects garbage once more, perhaps in parts: not of the waits. */
const windowMs = 9000;
const mostWindows = 6;
/** What the timer of a window itself may come to. */
const ownRuns = 2;

/** Of all threads: ns on a processor, and how often one of them was put on one. */
function scheduled() {
  const sum = { cpuNs: 0, runs: 0 };
  for (const thread of readdirSync('/proc/self/task')) {
    const [ns, , runs] = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ');
    sum.cpuNs += Number(ns);
    sum.runs += Number(runs);
  }
  return sum;
}

/** Waits until nothing but the timer has run for a time. */
async function settle() {
  for (let left = mostWindows; left > 0; left--) {
    const { runs } = scheduled();
    await sleep(windowMs);
    if (scheduled().runs - runs <= ownRuns) return;
  }
}

async function idle([milliseconds]) {
  await settle();
  const before = scheduled();
  await sleep(Number(milliseconds));
  const after = scheduled();
  return { cpuNs: after.cpuNs - before.cpuNs, runs: after.runs - before.runs };
}

/** From the instant before _exit(2) to the callback, for the waits FROM up to TO. */
async function latencies([from, to]) {
  await Promise.all(ended.slice(Number(from), Number(to)));
  const exits = slots();
  const indexes = Array.from({ length: Number(to) - Number(from) }, (_, i) => Number(from) + i);
  return {
    ns: indexes.map((index) => times[index] - Number(exits[index])),
    firstExit: Math.min(...indexes.map((index) => Number(exits[index]))),
    lastCallback: Math.max(...indexes.map((index) => times[index])),
    right: indexes.filter((index) => codes[index] === 7).length,
    unknown: indexes.filter((index) => codes[index] === undefined).length,
  };
}

/** `waits others SLOTS PID…`, `waits own SLOTS PROGRAM COUNT`, `waits idle MS`, `waits latencies FROM TO`. */
export async function perform(way, [what, ...words]) {
  switch (what) {
    case 'others':
      return others(way, words);
    case 'own':
      return own(way, words);
    case 'idle':
      return idle(words);
    case 'latencies':
      return latencies(words);
    default:
      throw new Error(`waits: ${what}?`);
  }
}
