/** Functions in processes of their own. */
import { features, task, TaskError } from '../../index.ts';
import { type Chapter, milliseconds, tell, tellStatus } from './teller.ts';

const result: Chapter = {
  title: 'task: a function in a process of its own, with its result',
  call: 'await (await task((n) => table[n], 3)).result',
  async show() {
    const table = ['egg', 'chick', 'pullet', 'hen'];
    const started = performance.now();
    // Without a fork there are no closures: then it is handed over.
    const t = await task((words: readonly string[], n: number) => words[n], table, 3);
    tell('result', `${await t.result}, from process ${t.pid}`);
    tellStatus('ended', await t.wait(), started);
    if (!features().forkEntry.available) return;
    const inside = await task(() => table.length);
    tell('a closure', `knows ${await inside.result} words`);
  },
};

const items: Chapter = {
  title: 'a generator over there, items here, each when it is asked for',
  call: 'for await (const prime of t.result) …',
  async show() {
    await using t = await task(function* () {
      for (let n = 2; ; n++) {
        let isPrime = true;
        for (let by = 2; by * by <= n; by++) isPrime &&= n % by !== 0;
        if (isPrime) yield n;
      }
    });
    const primes: number[] = [];
    for await (const prime of t.result) if (primes.push(prime) === 10) break;
    tell('primes', primes.join(', '));
    tellStatus('ended', await t.wait());
  },
};

const failures: Chapter = {
  title: 'errors keep their class; a process that dies is told of',
  call: 'await t.result.catch(…)',
  async show() {
    const thrown = await task(() => {
      throw new RangeError('too many hens', { cause: new TypeError('no coop') });
    });
    await thrown.result.catch((error: Error) => {
      tell('thrown', `${error.name}: ${error.message}, cause: ${String(error.cause)}`);
    });
    const killed = await task(() => process.kill(process.pid, 'SIGKILL'));
    const since = performance.now();
    await killed.result.catch((error: unknown) => {
      if (!(error instanceof TaskError)) throw error;
      tell('killed', `${error.code}, ${String(error.status)}`);
    });
    tell('told after', milliseconds(performance.now() - since));
  },
};

export const taskChapters: readonly Chapter[] = [result, items, failures];
