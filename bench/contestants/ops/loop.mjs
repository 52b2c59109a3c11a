// How long one start-and-wait keeps the event loop from other work.
//
// An immediate in each turn of the loop notes the time since the turn before. A turn with nothing in it
// takes about a microsecond; a longer one did something else meanwhile: the call, a callback of the
// start or of the end, the promises after it. Wall time, so that blocking counts as well as computing.
import { readFileSync } from 'node:fs';

const now = performance.now.bind(performance);

/** Turns the loop without pause and adds up what makes turns longer, in nanoseconds. */
class Ticker {
  #empty = Infinity;
  #blocked = 0;
  #longest = 0;
  #last = now();
  #running = true;
  /** @readonly */
  #tick = () => {
    const time = now();
    const turn = (time - this.#last) * 1e6;
    this.#last = time;
    if (turn > 3 * this.#empty) {
      this.#blocked += turn - this.#empty;
      this.#longest = Math.max(this.#longest, turn - this.#empty);
    }
    if (this.#running) setImmediate(this.#tick);
  };

  /** Starts turning, and learns how long an empty turn takes. */
  async start() {
    this.#tick();
    await someTurns(1000);
    const from = now();
    await someTurns(10_000);
    this.#empty = ((now() - from) * 1e6) / 10_000;
  }

  /** What there was beyond empty turns while `work` was done, and three turns after its end. */
  async during(work) {
    await someTurns(10);
    this.#blocked = 0;
    this.#longest = 0;
    await work();
    await someTurns(3);
    return { blocked: this.#blocked, longest: this.#longest };
  }

  stop() {
    this.#running = false;
  }
}

async function someTurns(count) {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}

/** Turns the loop for a time and does nothing. */
function nothing(milliseconds) {
  return new Promise((resolve) => {
    const until = now() + milliseconds;
    const turn = () => (now() < until ? setImmediate(turn) : resolve());
    turn();
  });
}

async function sample(ticker, way) {
  let call = 0;
  let length = 0;
  const seen = await ticker.during(async () => {
    const before = now();
    const ended = way.startAndWait();
    call = now() - before;
    await ended;
    length = now() - before;
  });
  const control = await ticker.during(() => nothing(length));
  return {
    call: call * 1e6,
    ...seen,
    blockedControl: control.blocked,
    longestControl: control.longest,
  };
}

/** Nanoseconds for which the main thread has been on a CPU; its id is the pid. */
function cpuOfMainThread() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]);
}

/** The same without a ticker: the loop sleeps in between, as it does in most programs. */
async function cpuEach(way, count) {
  const before = cpuOfMainThread();
  for (let left = count; left > 0; left--) await way.startAndWait();
  return (cpuOfMainThread() - before) / count;
}

/** `loop COUNT`: samples of single starts, and the CPU time of the main thread for each of COUNT. */
export async function perform(way, [count]) {
  const ticker = new Ticker();
  await ticker.start();
  const samples = [];
  for (let left = Number(count); left > 0; left--) samples.push(await sample(ticker, way));
  ticker.stop();
  return { samples, cpu: await cpuEach(way, Number(count)) };
}
