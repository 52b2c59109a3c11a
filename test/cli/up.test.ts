import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { hasEnded, isGone, until } from '../harness/proc.ts';
import { project } from '../harness/project.ts';

test('a Procfile: output by name, ports, and the exit code 0 after one Ctrl-C', async (t) => {
  const { up, state } = await project(t, {
    Procfile: `# two services
web: echo "port $PORT"; exec sleep 1000
worker: echo "here $PORT $WORD"; exec sleep 1000
`,
    '.env': 'WORD="of the file"\nHOME=not-this\n',
  });
  const node = up('--scale', 'worker=2');
  await state('web.1 ready, worker.1 ready, worker.2 ready');
  await until(() => node.stdout().split('\n').length === 4);
  assert.deepEqual(node.stdout().trim().split('\n').toSorted(), [
    'web      | port 5000',
    'worker.1 | here 5100 of the file',
    'worker.2 | here 5100 of the file',
  ]);
  node.child.kill('SIGINT');
  const { code, stderr } = await node.result;
  assert.equal(code, 0);
  for (const [, pid] of stderr.matchAll(/pid (\d+)/g)) assert.ok(isGone(Number(pid)));
});

test('a second Ctrl-C is by force', async (t) => {
  const { up } = await project(t, {
    'brood.config.json': JSON.stringify({
      services: {
        stubborn: {
          command: 'trap "" TERM; echo up; while :; do sleep 1; done',
          ready: { log: 'up' },
          stop: { grace: '1h' },
        },
      },
    }),
  });
  const node = up();
  await until(() => node.stdout().includes('up'));
  const pid = Number(/pid (\d+)/.exec(node.stderr())?.[1]);
  node.child.kill('SIGINT');
  await until(() => node.stderr().includes('once more: by force'));
  assert.ok(!hasEnded(pid));
  node.child.kill('SIGINT');
  assert.equal((await node.result).code, 0);
  assert.ok(isGone(pid));
});

test('it ends with the code of the first failure, and a killed service is never a 0', async (t) => {
  for (const [command, expected] of [
    ['exit 0', 0],
    ['exit 42', 42],
    ['kill -9 $$', 137],
  ] as const) {
    const { up } = await project(t, {
      'brood.config.yaml': `
services:
  a: { command: ${JSON.stringify(command)}, restart: never, significant: true }
  b: { command: sleep 1000 }
`,
    });
    assert.equal((await up().result).code, expected, command);
  }
  const loop = await project(t, {
    'brood.config.yaml': `
intensity: 2
backoff: { min: 1ms }
services: { a: { command: exit 9 } }
`,
  });
  const { code, stderr } = await loop.up().result;
  assert.equal(code, 9);
  assert.match(stderr, /a\.1 is given up: exited with code 9/);
  assert.equal(stderr.match(/a\.1 started/g)?.length, 3);
});

test('a configuration in TypeScript and in JavaScript, and only what is asked for', async (t) => {
  const text = `
    const sleep: string[] = ['sleep', '1000'];
    export default {
      services: { db: { command: sleep }, api: { command: sleep, dependsOn: ['db'] }, other: { command: sleep } },
    };`;
  for (const [file, code] of [
    ['brood.config.ts', text],
    ['brood.config.mjs', text.replace(': string[]', '')],
  ] as const) {
    const { up, state, run } = await project(t, { [file]: code });
    const node = up('api');
    await state('db.1 ready, api.1 ready');
    assert.equal((await run('stop')).code, 0);
    assert.equal((await node.result).code, 0);
  }
});

test('it is controlled from outside, and what is asked for is done when the answer comes', async (t) => {
  const { up, run, state } = await project(t, {
    'brood.config.yaml': `
services:
  a: { command: 'echo "I am $$"; exec sleep 1000', ready: { log: I am } }
  b: { command: sleep 1000, dependsOn: [a] }
`,
  });
  const node = up();
  await state('a.1 ready, b.1 ready');
  const pidOf = async (name: string): Promise<number> => {
    const { stdout } = await run('status', '--json');
    const { services } = JSON.parse(stdout) as { services: { name: string; pid: number }[] };
    return services.find((each) => each.name === name)?.pid ?? 0;
  };
  const before = await pidOf('a');
  assert.equal((await run('restart', 'a')).code, 0);
  const after = await pidOf('a');
  assert.notEqual(after, before);
  assert.ok(isGone(before));
  assert.equal((await run('reload', 'a.1')).code, 0);
  assert.ok(isGone(after));
  assert.equal((await run('scale', 'b=3')).code, 0);
  await state('a.1 ready, b.1 ready, b.2 ready, b.3 ready');
  assert.equal((await run('stop', 'b.2')).code, 0);
  await state('a.1 ready, b.1 ready, b.2 stopped, b.3 ready');
  assert.equal((await run('start', 'b.2')).code, 0);
  const logs = await run('logs', '-n', '1', 'a');
  assert.equal(logs.stdout, `a.1 | I am ${await pidOf('a')}\n`);
  const unknown = await run('restart', 'nobody');
  assert.deepEqual([unknown.code, /one of a, b/.test(unknown.stderr)], [2, true]);
  assert.equal((await run('stop')).code, 0);
  assert.equal((await node.result).code, 0);
  const over = await run('status');
  assert.deepEqual([over.code, over.stderr], [1, 'brood: brood up does not run in this folder\n']);
});

test('files that change start their service again', async (t) => {
  const { up, write, folder, state } = await project(t, {
    'brood.config.yaml': `
services:
  a: { command: 'cat word; exec sleep 1000', watch: word }
  b: { command: sleep 1000, watch: [other] }
`,
    word: 'one\n',
    other: '',
  });
  const node = up('--watch');
  await state('a.1 ready, b.1 ready');
  await until(() => node.stdout().includes('one'));
  write('word', 'two\n');
  await until(() => node.stdout().includes('a | two'));
  assert.equal(node.stderr().match(/b\.1 started/g)?.length, 1);
  assert.ok(existsSync(join(folder, 'other')));
});

test('SIGKILL of brood up takes the services along, and the next one starts as if nothing was', async (t) => {
  const { up, state } = await project(t, { Procfile: 'a: sleep 1000 & sleep 1000\n' });
  const first = up();
  await state('a.1 ready');
  const [, pid] = /pid (\d+)/.exec(first.stderr()) ?? [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  first.child.kill('SIGKILL');
  await first.result;
  for (const each of [Number(pid), ...children.map(Number)]) await until(() => hasEnded(each));
  const second = up();
  await state('a.1 ready');
  second.child.kill('SIGTERM');
  assert.equal((await second.result).code, 0);
});
