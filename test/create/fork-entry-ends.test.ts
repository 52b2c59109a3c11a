/** How a child in which only its entry runs ends, what its parent learns of it, and what is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fork, type ForkEntryOptions } from 'brood';

import { withFork } from '../harness/fork-code.ts';
import { hasEnded, until } from '../harness/proc.ts';

async function endOf(
  entry: () => unknown,
  options: ForkEntryOptions = {},
): Promise<[string, string]> {
  const child = await fork(entry, { stderr: 'pipe', ...options });
  let text = '';
  for await (const line of child.lines({ from: 'stderr' })) text += `${line}\n`;
  return [String(await child.wait()), text];
}

test('the exit code: what the entry returned to, threw, set, or called exit with', async () => {
  const boom = (): never => {
    throw new RangeError('boom');
  };
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const caught = (): never => {
    process.on('uncaughtException', () => process.exit(6));
    return boom();
  };
  const all: [() => unknown, string, RegExp][] = [
    [() => 'a value', 'exited with code 0', /^$/],
    [() => wait(20), 'exited with code 0', /^$/],
    [() => void setTimeout(() => process.exit(4), 20), 'exited with code 4', /^$/],
    [boom, 'exited with code 1', /RangeError: boom\n {4}at boom /],
    [() => wait(5).then(boom), 'exited with code 1', /RangeError: boom\n {4}at boom /],
    [() => Promise.reject(new Error('no stack of use')), 'exited with code 1', /no stack of use/],
    [() => process.exit(7), 'exited with code 7', /^$/],
    [() => void (process.exitCode = 8), 'exited with code 8', /^$/],
    [() => void process.on('exit', () => (process.exitCode = 9)), 'exited with code 9', /^$/],
    [() => process.kill(process.pid, 'SIGTERM'), 'killed by SIGTERM', /^$/],
    [() => void setTimeout(boom, 5), 'exited with code 1', /RangeError: boom/],
    [caught, 'exited with code 6', /^$/],
    [() => new Promise(() => {}), 'exited with code 13', /never/],
  ];
  for (const [entry, status, output] of all) {
    const [end, text] = await endOf(entry);
    assert.equal(end, status, `${String(entry)}: ${text}`);
    assert.match(text, output, String(entry));
  }
});

test("'beforeExit' and 'exit' are told once each, and work begun there is done", async () => {
  const { told, stderr } = await withFork(`
    const child = await fork(() => {
      current.onExit(() => writeSync(1, '"exitor"\\n'));
      let first = true;
      process.on('beforeExit', () => {
        writeSync(1, '"beforeExit"\\n');
        if (!first) return;
        first = false;
        void Promise.resolve().then(() => setTimeout(() => writeSync(1, '"work"\\n'), 5));
      });
      process.on('exit', (code) => writeSync(1, '"exit ' + code + '"\\n'));
    });
    tell(String(await child.wait()));
  `);
  const lines = ['beforeExit', 'work', 'beforeExit', 'exitor', 'exit 0', 'exited with code 0'];
  assert.deepEqual(told, lines, stderr);
});

test('a child has no children but its own, and they end with it', async () => {
  const { told, stderr } = await withFork(`
    const sibling = await spawn('sleep', ['60']);
    const child = await fork(async () => {
      tell(await current.waitAny().catch((error) => error.code));
      tell([current.children().length, sibling.isAlive()]);
      const own = await spawn('sleep', ['60']);
      tell(own.pid);
      process.exit(0);
    });
    tell([(await child.wait()).code, sibling.isAlive()]);
    sibling.kill();
    await sibling.wait();
  `);
  const [any, seen, pid, end] = told;
  assert.deepEqual([any, seen, end], ['ECHILD', [0, true], [0, true]], stderr);
  await until(() => hasEnded(pid as number), 'the end of the grandchild');
});

test('the parent waits for its child, and stops it at its own end', async () => {
  const { told, code, stderr } = await withFork(`
    const child = await fork(() => sleep(50));
    process.on('exit', () => writeSync(1, JSON.stringify(child.isAlive()) + '\\n'));
  `);
  assert.deepEqual([told, code], [[false], 0], stderr);
  const stopped = await withFork(`
    const child = await fork(() => sleep(60_000));
    const lasting = await fork(() => sleep(300), { cleanup: false });
    tell([child.pid, lasting.pid]);
    lasting.unref();
    process.exit(0);
  `);
  const [pid, lasting] = stopped.told[0] as [number, number];
  assert.ok(hasEnded(pid), stopped.stderr);
  await until(() => hasEnded(lasting), 'the end of the one that outlives its parent');
});

test('time-outs, aborts, and the death of the parent end it', async () => {
  const long = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60_000));
  const late = await fork(long, { timeout: 100 });
  assert.equal(String(await late.wait()), 'killed by SIGTERM');
  const abort = new AbortController();
  const aborted = await fork(long, { signal: abort.signal, killSignal: 'SIGKILL' });
  abort.abort();
  assert.equal(String(await aborted.wait()), 'killed by SIGKILL');
  const { told } = await withFork(`
    const child = await fork(async () => {
      const own = await spawn('sleep', ['60']);
      tell([process.pid, own.pid]);
      await sleep(60_000);
    }, { deathSignal: 'SIGKILL', stdout: 'pipe' });
    const { value } = await child.lines().next();
    tell(JSON.parse(value));
    process.kill(process.pid, 'SIGKILL');
  `);
  for (const pid of told[0] as number[]) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('a channel of messages stays with the parent, and AsyncLocalStorage with the call', async () => {
  const { told, stderr } = await withFork(`
    import { AsyncLocalStorage } from 'node:async_hooks';
    const place = new AsyncLocalStorage();
    const child = await place.run('the call', () => fork(async () => {
      tell(place.getStore());
      await sleep(5);
      tell([place.getStore(), process.send === undefined, process.connected === true]);
    }));
    await child.wait();
    tell(place.getStore() ?? 'none');
  `);
  assert.deepEqual(told, ['the call', ['the call', true, false], 'none'], stderr);
});

test('fork(entry) in a child of fork(entry), fork() in it, and many at once', async () => {
  const { told, stderr } = await withFork(`
    const deeper = async (depth) => {
      setInterval(() => process.exit(90 + depth), 20_000);
      process.on('exit', () => writeSync(1, '"exit of ' + depth + '"\\n'));
      if (depth < 4) {
        const child = await fork(() => deeper(depth + 1));
        tell([depth, (await child.wait()).code]);
      }
      process.exit(depth);
    };
    const first = await fork(() => deeper(1));
    tell((await first.wait()).code);
    const inner = await fork(async () => {
      const copy = fork();
      if (copy.isCurrent) process.exit(5);
      process.exit((await copy.wait()).code + 1);
    });
    tell((await inner.wait()).code);
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => fork(() => process.exit(i))));
    tell((await Promise.all(many.map((child) => child.wait()))).map(({ code }) => code).join());
  `);
  assert.deepEqual(
    told,
    [
      'exit of 4',
      [3, 4],
      'exit of 3',
      [2, 3],
      'exit of 2',
      [1, 2],
      'exit of 1',
      1,
      6,
      Array.from({ length: 20 }, (_, i) => i).join(),
    ],
    stderr,
  );
});

test('a thousand in a row: nothing grows in the parent', async () => {
  const { told, stderr } = await withFork(`
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const threads = () => readdirSync('/proc/self/task').length;
    const mappings = () => readFileSync('/proc/self/maps', 'latin1').split('\\n').length;
    const memory = () => Number(readFileSync('/proc/self/status', 'latin1').match(/VmRSS:\\s*(\\d+)/)[1]);
    const interval = setInterval(() => {}, 1);
    const once = async (i) => {
      const status = await (await fork(() => process.exit(i % 100))).wait();
      if (status.code !== i % 100) throw new Error('ended ' + status);
    };
    for (let i = 0; i < 100; i++) await once(i);
    const before = [descriptors(), threads(), mappings(), memory()];
    for (let i = 0; i < 900; i++) await once(i);
    const after = [descriptors(), threads(), mappings(), memory()];
    clearInterval(interval);
    tell([after[0] - before[0], after[1] - before[1], after[2] - before[2] < 300, after[3] - before[3] < 30_000, current.children().length]);
    if (after[2] - before[2] >= 300 || after[3] - before[3] >= 30_000) console.error(before, after);
  `);
  assert.deepEqual(told, [[0, 0, true, true, 0]], stderr);
});
