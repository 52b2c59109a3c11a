import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { isGone, until } from '../harness/proc.ts';
import { sleeper, watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** The cgroup v2 of this program, if it may make others in there. */
function delegated(t: TestContext): string | undefined {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
    ?.split(' ')[4];
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  try {
    if (mount === undefined || own === undefined) throw new Error('no cgroup v2 is mounted');
    const home = join(mount, own);
    accessSync(home, constants.W_OK);
    const trial = join(home, `brood-trial-${process.pid}`);
    mkdirSync(trial);
    const isThere = existsSync(join(trial, 'cgroup.kill'));
    rmdirSync(trial);
    if (isThere) return home;
    throw new Error('there is no cgroup.kill');
  } catch (error) {
    t.skip(`no cgroup is delegated: ${String(error)}`);
    return undefined;
  }
}

test('nothing leaves a cgroup: not by new sessions, not by an empty environment', async (t) => {
  const home = delegated(t);
  if (home === undefined) return;
  const folder = await temporaryFolder(t);
  const script = `trap "" TERM; setsid sh -c 'env -i setsid sh -c "echo \\$\\$ >hidden; trap : TERM; while :; do /bin/sleep 1; done" >/dev/null 2>&1 & exit' & wait; exec sleep 1000`;
  const { supervisor, all } = watched(t, {
    children: [
      {
        name: 'hides',
        command: ['sh', '-c', script],
        cwd: folder,
        cgroup: true,
        stop: { grace: 100 },
        ready: { exec: ['test', '-s', 'hidden'] },
      },
    ],
  });
  await supervisor.start();
  const hidden = Number(readFileSync(join(folder, 'hidden'), 'utf8'));
  const [, path] = /^0::(.*)$/m.exec(readFileSync(`/proc/${hidden}/cgroup`, 'utf8')) ?? [];
  assert.match(path as string, /\/brood-\d+-\d+-hides$/);
  await supervisor.stop();
  await until(() => isGone(hidden), 'the end of the one that hid');
  assert.equal(all('exited').length, 1);
  assert.ok(!existsSync(join(home, path as string)), 'the cgroup is removed');
});

test('a limit without its controller is refused before anything runs, and says which', async (t) => {
  const home = delegated(t);
  if (home === undefined) return;
  const controllers = readFileSync(join(home, 'cgroup.controllers'), 'utf8').split(/\s+/);
  if (controllers.includes('pids')) return t.skip('the controller is there');
  const { supervisor, all } = watched(t, {
    children: [{ name: 'limited', command: sleeper, cgroup: { processes: 10 }, restart: 'never' }],
  });
  await supervisor.start();
  const { failure } = await supervisor.done;
  assert.match(String(failure?.error), /the controller pids is not delegated/);
  assert.equal(all('started').length, 0);
});
