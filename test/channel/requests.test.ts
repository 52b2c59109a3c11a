import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { Channel, ChannelError, socketpair, task, taskChannel } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { eachMethod, rejection } from '../harness/task-methods.ts';

const talk = pathToFileURL(fixture('channel-talk'));

/** Both ends, in this process. */
function ends(t: TestContext): [Channel, Channel] {
  const [one, other] = socketpair();
  const both: [Channel, Channel] = [Channel.from(one), Channel.from(other)];
  t.after(() => both.forEach((each) => each.close()));
  return both;
}

/** Serves, and sees to it that the end is awaited. */
function serve(t: TestContext, ...[channel, handler]: [Channel, (n: never) => unknown]): void {
  const served = channel.serve(handler as (n: unknown) => unknown);
  t.after(() => served);
}

eachMethod('a task answers requests, each with its own answer', async (start) => {
  const t = await start().module<typeof import('../fixtures/channel-talk.ts')>(
    talk,
    'serveDoubles',
  );
  const order: number[] = [];
  const ask = async (n: number): Promise<number> => {
    const answer = await t.channel.request<number>(n);
    order.push(n);
    return answer;
  };
  assert.deepEqual(await Promise.all([ask(1), ask(2), ask(3)]), [2, 4, 6]);
  assert.equal(order[2], 1);
  t.channel.close();
  assert.equal(await t.result, 'served');
});

test('requests go both ways at once, and beside messages', async (t) => {
  const [one, other] = ends(t);
  serve(t, one, (n: number) => n + 1);
  serve(t, other, async (n: number) => (await other.request<number>(n)) * 10);
  await other.send('beside');
  assert.equal(await one.request(4), 50);
  assert.equal(await one.receive(), 'beside');
});

test('what came before it is served is answered then', async (t) => {
  const [one, other] = ends(t);
  const answer = one.request('early');
  await one.send('message');
  assert.equal(await other.receive(), 'message');
  serve(t, other, (word: string) => word.toUpperCase());
  assert.equal(await answer, 'EARLY');
});

test('what a handler throws rejects as its class; what cannot be cloned says so', async (t) => {
  const [one, other] = ends(t);
  serve(t, other, (what: string) => {
    if (what === 'throw') throw Object.assign(new RangeError('far'), { code: 'E_FAR' });
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors, prefer-promise-reject-errors -- tested
    return what === 'odd' ? Promise.reject(() => {}) : () => {};
  });
  const error = await rejection(one.request('throw'));
  assert.ok(error instanceof RangeError);
  assert.equal((error as RangeError & { code: string }).code, 'E_FAR');
  await assert.rejects(one.request('odd'), { name: 'DataCloneError' });
  await assert.rejects(one.request('function'), { name: 'DataCloneError' });
  await assert.rejects(
    one.request(() => {}),
    { name: 'DataCloneError' },
  );
  assert.ok(!one.isClosed);
});

test('a request that nobody wants any more: the handler is told', async (t) => {
  const [one, other] = ends(t);
  const told: string[] = [];
  const served = other.serve(
    (name, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          told.push(String(name));
          resolve(undefined);
        });
      }),
  );
  await assert.rejects(one.request('late', { timeout: 30 }), {
    name: 'TimeoutError',
    code: 'ETIMEDOUT',
  });
  const controller = new AbortController();
  const aborted = one.request('aborted', { signal: controller.signal });
  controller.abort(new Error('enough'));
  const error = (await rejection(aborted)) as Error;
  assert.equal(error.name, 'AbortError');
  assert.equal((error.cause as Error).message, 'enough');
  await assert.rejects(one.request('never', { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  const open = rejection(one.request('open'));
  await sleep(20);
  one.close();
  assert.ok((await open) instanceof ChannelError);
  await served;
  assert.deepEqual(told, ['late', 'aborted', 'open']);
});

test('nobody serves: the end of the channel is the end of the request', async (t) => {
  const [one, other] = ends(t);
  const open = one.request('?');
  other.close();
  await assert.rejects(open, { code: 'ERR_CHANNEL_CLOSED' });
  await assert.rejects(one.request('?'), { code: 'ERR_CHANNEL_CLOSED' });
  await one.serve(() => {});
});

test('a task that dies is the end of the requests to it', async () => {
  const t = await task(() => taskChannel().serve(() => process.kill(process.pid, 'SIGKILL')));
  await assert.rejects(t.channel.request('die'), {
    code: 'ERR_CHANNEL_CLOSED',
    message: new RegExp(`process ${t.pid}`),
  });
  await rejection(t.result);
});

test('bad input, and serving twice', async (t) => {
  const [one, other] = ends(t);
  serve(t, other, () => 1);
  await assert.rejects(
    other.serve(() => 2),
    { code: 'ERR_INVALID_STATE' },
  );
  await assert.rejects(one.serve('x' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(one.request(1, 7 as never), { message: /"options" must be an object/ });
  await assert.rejects(one.request(1, { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(one.request(1, { timeout: '1' as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(one.request(1, { signal: {} as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.equal(await one.request(1), 1);
});
