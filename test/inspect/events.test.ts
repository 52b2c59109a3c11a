/** What happens to processes, told by the kernel and by scans. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import { features } from 'brood';
import { events, type EventsOptions, type ProcessEvent } from 'brood/inspect';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { requireProgram } from '../harness/programs.ts';
import { tellingNode } from '../harness/telling-node.ts';

const { available, reason } = features().events;
const needsKernel = { skip: !available && reason };

/** Starts `act` once the stream has begun, and collects events until `isLast` says so. */
async function collect(
  options: EventsOptions,
  act: () => unknown,
  isLast: (event: ProcessEvent) => boolean,
): Promise<ProcessEvent[]> {
  const collected: ProcessEvent[] = [];
  const signal = AbortSignal.timeout(30_000);
  for await (const event of events({ ...options, signal })) {
    collected.push(event);
    if (event.type === 'source') act();
    if (isLast(event)) return collected;
  }
  throw new Error(`did not come: ${JSON.stringify(collected.slice(-20))}`);
}

/** A shell that ends as it is told to. */
function shell(script: string): number {
  const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
  return child.pid as number;
}

test('the kernel tells birth, program and end of a process, in order', needsKernel, async () => {
  let pid = 0;
  const all = await collect(
    { source: 'kernel' },
    () => (pid = shell('exit 5')),
    (event) => event.type === 'exit' && event.pid === pid,
  );
  assert.deepEqual([all[0]?.type, (all[0] as { source: string }).source], ['source', 'kernel']);
  const own = all.filter((event) => 'pid' in event && event.pid === pid);
  assert.deepEqual(
    own.map(({ type }) => type).filter((type) => ['fork', 'exec', 'exit'].includes(type)),
    ['fork', 'exec', 'exit'],
  );
  const [fork, , exit] = own as [
    { ppid: number; time: number },
    unknown,
    { code: number; status: object },
  ];
  assert.equal(fork.ppid, process.pid);
  assert.ok(Math.abs(fork.time - Date.now()) < 60_000);
  assert.deepEqual([exit.code, String(exit.status)], [5, 'exited with code 5']);
});

test(
  'the kernel tells the signal that ended a process, and a change of user',
  needsKernel,
  async () => {
    let pid = 0;
    const all = await collect(
      { types: ['exit', 'uid'] },
      () => (pid = shell('kill -USR1 $$')),
      (event) => event.type === 'exit' && event.pid === pid,
    );
    assert.ok(all.every(({ type }) => ['exit', 'uid', 'source'].includes(type)));
    const last = all.at(-1);
    assert.ok(last?.type === 'exit');
    assert.deepEqual([last.code, last.signal], [undefined, 'SIGUSR1']);
  },
);

test(
  'the kernel tells a user without rights, too',
  { skip: (!isRoot && 'not root') || (!available && reason) },
  async () => {
    const { told, stderr } = await tellingNode(
      `import { events } from 'brood/inspect';
    import { spawn } from 'node:child_process';
    let pid = 0;
    for await (const event of events({ types: ['exit'], signal: AbortSignal.timeout(20000) })) {
      if (event.type === 'source') { tell(event.source); pid = spawn('sh', ['-c', 'exit 6']).pid; }
      if (event.type === 'exit' && event.pid === pid) { tell(event.code ?? null); break; }
    }`,
      otherUser,
    );
    // Before Linux 6.6 it is polled for them, where an end is seen without its code.
    assert.ok(['kernel', 'polling'].includes(told[0] as string), stderr);
    assert.equal(told[1], told[0] === 'kernel' ? 6 : null);
  },
);

test('a thousand short lives are all seen', needsKernel, async () => {
  let pid = 0;
  const script = 'i=0; while [ $i -lt 1000 ]; do (exit 7) & i=$((i+1)); done; wait';
  const all = await collect(
    { types: ['fork', 'exit'] },
    () => (pid = shell(script)),
    (event) => event.type === 'exit' && event.pid === pid,
  );
  const children = new Set(
    all.flatMap((event) => (event.type === 'fork' && event.ppid === pid ? [event.pid] : [])),
  );
  const ends = all.filter(
    (event) => event.type === 'exit' && event.code === 7 && children.has(event.pid),
  );
  assert.deepEqual([children.size, ends.length], [1000, 1000]);
  assert.ok(!all.some(({ type }) => type === 'rescan'));
});

test('a loop that is slow to take them loses none, either', needsKernel, async () => {
  let pid = 0;
  let seen = 0;
  const signal = AbortSignal.timeout(30_000);
  for await (const event of events({ types: ['fork', 'exit'], signal })) {
    if (event.type === 'source') {
      pid = shell('i=0; while [ $i -lt 300 ]; do (exit 8) & i=$((i+1)); done; wait');
      // The event loop is blocked until all of it has happened.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    }
    if (event.type === 'exit' && event.code === 8) seen += 1;
    if (event.type === 'exit' && event.pid === pid) break;
  }
  assert.equal(seen, 300);
});

test('polling says so, and sees what lasts long enough', async () => {
  let child: ReturnType<typeof spawn> | undefined;
  const all = await collect(
    { source: 'polling', interval: 20, types: ['fork', 'exec', 'exit'] },
    () => {
      child = spawn('sleep', ['60'], { stdio: 'ignore' });
    },
    (event) => {
      const isOurs = 'pid' in event && event.pid === child?.pid;
      // Once it is seen it may end.
      if (isOurs && event.type === 'exec') child?.kill('SIGKILL');
      return isOurs && event.type === 'exit';
    },
  );
  assert.equal((all[0] as { source: string }).source, 'polling');
  const own = all.filter((event) => 'pid' in event && event.pid === child?.pid);
  assert.ok(own.every((event) => event.type !== 'rescan' && event.source === 'scan'));
  assert.deepEqual([own[0]?.type, own.at(-1)?.type], ['fork', 'exit']);
});

async function subscribeAgainAndAgain(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for await (const _ of events({ signal })) break;
  }
}

test('where the kernel stays silent, it is polled', async (t) => {
  if (!requireProgram(t, 'unshare')) return;
  const asRoot = isRoot ? [] : ['--user', '--map-root-user'];
  // All that listen are sent the answers that are others': these must not be believed.
  const controller = new AbortController();
  const others = subscribeAgainAndAgain(controller.signal);
  const { told, stderr } = await tellingNode(
    `import { events } from 'brood/inspect';
    import { features } from 'brood';
    tell(features().events.available);
    for await (const event of events({ signal: AbortSignal.timeout(20000) })) { tell(event); break; }`,
    { wrap: ['unshare', ...asRoot, '--pid', '--fork', '--mount-proc'] },
  );
  controller.abort();
  await others;
  if (stderr.includes('not permitted')) return t.skip('no namespaces for this user');
  const [isAvailable, first] = told as [boolean, { source: string; reason: string }];
  assert.deepEqual([isAvailable, first.source], [false, 'polling'], stderr);
  assert.match(first.reason, /does not tell/);
});

test('a signal ends the stream in order, and nonsense is refused', async () => {
  const controller = new AbortController();
  for await (const event of events({ signal: controller.signal })) {
    if (event.type === 'source') setImmediate(() => controller.abort());
  }
  const over = events({ signal: AbortSignal.abort() });
  assert.equal((await over.next()).done, true);
  const wrong: readonly (readonly [object, string])[] = [
    [{ types: 'exit' }, 'ERR_INVALID_ARG_TYPE'],
    [{ types: ['end'] }, 'ERR_INVALID_ARG_VALUE'],
    [{ interval: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ source: 'ebpf' }, 'ERR_INVALID_ARG_VALUE'],
    [{ signal: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of wrong) {
    await assert.rejects(async () => await events(options).next(), { code });
  }
});

test(
  'two streams at once hear the same, and a worker has one of its own',
  needsKernel,
  async () => {
    let pid = 0;
    let begun = 0;
    const start = (): void => {
      begun += 1;
      if (begun === 2) pid = shell('exit 9');
    };
    const isLast = (event: ProcessEvent): boolean => event.type === 'exit' && event.pid === pid;
    const both = await Promise.all([
      collect({ types: ['exit'] }, start, isLast),
      collect({ types: ['exit'] }, start, isLast),
    ]);
    for (const all of both) assert.equal((all.at(-1) as { code?: number } | undefined)?.code, 9);
    const { code, stderr } = await tellingNode(
      `import { Worker } from 'node:worker_threads';
    const text = "Promise.all([import('node:worker_threads'), import('brood/inspect')]).then(async ([{ parentPort }, { events }]) => { for await (const event of events()) parentPort.postMessage(event.type); })";
    const worker = new Worker(text, { eval: true });
    worker.once('message', async () => { await worker.terminate(); tell('ended'); });`,
    );
    assert.deepEqual([code, stderr], [0, '']);
  },
);
