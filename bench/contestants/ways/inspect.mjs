import { run } from 'brood';
import { events, processes, watch } from 'brood/inspect';

const fields = ['pid', 'ppid', 'name', 'state', 'uid', 'rss', 'cpuTime', 'argv'];

/** How many processes there are, all with eight fields. */
export async function list() {
  return (await processes({ fields })).length;
}

/** CPU time of each look, in nanoseconds, once the processes are known. */
export async function watchTicks(count, interval) {
  const costs = [];
  let before;
  for await (const tick of watch({ interval, fields })) {
    const used = process.cpuUsage(before);
    if (tick.interval !== undefined) costs.push((used.user + used.system) * 1000);
    if (costs.length > count) return costs.slice(1);
    before = process.cpuUsage();
  }
  return costs;
}

/** So many short lives in a row: how many ends were seen, and how long they took in all. */
export async function shortLives(count) {
  const script = `i=0; while [ $i -lt ${count} ]; do (exit 7) & i=$((i+1)); done; wait; exit 9`;
  let seen = 0;
  let lives;
  for await (const event of events({ types: ['exit'], signal: AbortSignal.timeout(60_000) })) {
    if (event.type === 'source') {
      if (event.source !== 'kernel') return { seen, ns: 0, source: event.reason };
      lives = run('sh', ['-c', script], { check: false });
    }
    if (event.type === 'exit' && event.code === 7) seen += 1;
    if (event.type === 'exit' && event.code === 9) break;
  }
  const { durationMs } = await lives;
  return { seen, ns: durationMs * 1e6 };
}
