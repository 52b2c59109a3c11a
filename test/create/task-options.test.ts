import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { isGone, until } from '../harness/proc.ts';
import { eachMethod } from '../harness/task-methods.ts';
import { temporaryFolder } from '../harness/temp.ts';

eachMethod('it prints where this program does, and reads nothing', async (start) => {
  const t = await start()(async () => {
    const fs = await import('node:fs');
    return { output: fs.readlinkSync('/proc/self/fd/1'), input: fs.readFileSync(0).length };
  });
  assert.deepEqual(await t.result, { output: readlinkSync('/proc/self/fd/1'), input: 0 });
  assert.deepEqual([t.stdin, t.stdout, t.stderr], [null, null, null]);
});

eachMethod(
  'cwd, env, standard input, descriptors and attributes as for spawn()',
  async (start, t) => {
    const folder = await temporaryFolder(t);
    mkdirSync(join(folder, 'inner'));
    const given = await start({
      cwd: join(folder, 'inner'),
      env: { ONLY: 'this' },
      stdin: 'some text',
      fds: { 63: { file: '/etc/hostname' } },
      umask: 0o27,
      priority: 5,
      limits: { openFiles: 200 },
    })(async () => {
      const fs = await import('node:fs');
      return {
        cwd: process.cwd(),
        env: process.env['ONLY'],
        home: process.env['HOME'],
        input: fs.readFileSync(0, 'utf8'),
        file: fs.readlinkSync('/proc/self/fd/63'),
        umask: process.umask(),
        nice: (await import('node:os')).getPriority(),
        files: /Max open files\s+(\d+)/.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1],
      };
    });
    assert.deepEqual(await given.result, {
      cwd: join(folder, 'inner'),
      env: 'this',
      home: undefined,
      input: 'some text',
      file: '/etc/hostname',
      umask: 0o27,
      nice: 5,
      files: '200',
    });
  },
);

eachMethod('timeout, deadline and an AbortSignal stop it, and say why', async (start) => {
  const forever = (): void => {
    for (;;);
  };
  const late = await start({ timeout: 200 })(forever);
  await assert.rejects(late.result, { name: 'TimeoutError', code: 'ETIMEDOUT', pid: late.pid });
  assert.equal((await late.wait()).signal, 'SIGTERM');
  const dated = await start({ deadline: Date.now() + 200, killSignal: 'SIGKILL' })(forever);
  await assert.rejects(dated.result, { name: 'TimeoutError', message: /SIGKILL/ });
  const controller = new AbortController();
  const called = await start({ signal: controller.signal })(forever);
  controller.abort(new Error('not needed'));
  await assert.rejects(called.result, (error: Error) => {
    assert.deepEqual([error.name, (error.cause as Error).message], ['AbortError', 'not needed']);
    return true;
  });
  await assert.rejects(start({ signal: AbortSignal.abort() })(forever), { name: 'AbortError' });
  const inTime = await start({ timeout: 60_000, signal: new AbortController().signal })(() => 1);
  assert.equal(await inTime.result, 1);
});

eachMethod('terminate(), kill() and the end of a scope stop it', async (start) => {
  const forever = async (): Promise<never> => new Promise(() => setInterval(() => {}, 1000));
  const terminated = await start()(forever);
  const { result } = terminated;
  assert.equal((await terminated.terminate()).signal, 'SIGTERM');
  await assert.rejects(result, { name: 'TaskError', code: 'ERR_TASK_EXIT' });
  const killed = await start()(forever);
  killed.kill();
  await assert.rejects(killed.result, { message: /killed by SIGKILL/ });
  let pid: number;
  {
    await using scoped = await start()(forever);
    pid = scoped.pid;
    assert.ok(scoped.isAlive());
  }
  await until(() => isGone(pid), 'the end of the task');
});

eachMethod('a scope that ends right after the result loses nothing', async (start) => {
  let text = '';
  let pid: number;
  {
    await using t = await start({ stdout: 'pipe' })(() => {
      process.stdout.write('x'.repeat(1_000_000));
      return 1;
    });
    pid = t.pid;
    t.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    assert.equal(await t.result, 1);
  }
  assert.equal(text.length, 1_000_000);
  assert.ok(isGone(pid));
});
