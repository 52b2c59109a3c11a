import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  noInit,
  noNamespace,
  requireNamespaces,
  says,
  sh,
  startInit,
  startPid1,
  type StartedProgram,
} from '../harness/init.ts';
import { isGone, stat, until } from '../harness/proc.ts';

const skip = noInit;

/** The pids that a script has told as `name=pid`, as the script sees them. */
function pidOf({ stdout }: StartedProgram, name: string): number | undefined {
  return Number(new RegExp(`${name}=(\\d+)`).exec(stdout())?.[1]) || undefined;
}

async function awaitPid(started: StartedProgram, name: string): Promise<number> {
  return until(() => pidOf(started, name), name);
}

/** Ignores TERM, and says that it got it. */
const stubborn = `sh -c 'trap "echo told" TERM; echo stubborn=$$; while :; do sleep 0.02; done' &`;

const kinds = [
  ['a subreaper', (args: string[]) => Promise.resolve(startInit(args)), false],
  ['PID 1', (args: string[]) => startPid1(args), noNamespace],
] as const;

for (const [name, start, no] of kinds) {
  const able = (t: Parameters<typeof requireNamespaces>[0]): boolean =>
    no === false || requireNamespaces(t);

  test(`${name} lets what remains clean up`, { skip: skip || no }, async (t) => {
    if (!able(t)) return;
    // In a session of its own, and two levels deep.
    const cleaner = `setsid sh -c 'sh -c "trap \\"sleep 0.5; echo cleaned; exit\\" TERM; echo ready; while :; do sleep 0.02; done"; :' &`;
    const started = await start(sh(`${cleaner} exec sleep 60`));
    await says(started, 'ready');
    process.kill(started.pid, 'SIGUSR1');
    const { code, stdout } = await started.result;
    assert.equal(code, 138);
    assert.match(stdout, /cleaned/);
  });

  test(`${name} kills what ignores TERM, after the grace`, { skip: skip || no }, async (t) => {
    if (!able(t)) return;
    const started = await start(['--grace', '300', ...sh(`${stubborn} sleep 0.3; exit 6`)]);
    const { code, stdout } = await started.result;
    assert.equal(code, 6);
    assert.match(stdout, /told/);
    assert.equal(stdout.match(/told/g)?.length, 1, 'TERM comes once');
  });

  test(`${name} kills at once when it is asked again`, { skip: skip || no }, async (t) => {
    if (!able(t)) return;
    const started = await start(['--grace', '1h', ...sh(`${stubborn} exec sleep 60`)]);
    await awaitPid(started, 'stubborn');
    process.kill(started.pid, 'SIGTERM');
    await says(started, 'told');
    process.kill(started.pid, 'SIGTERM');
    assert.equal((await started.result).code, 143);
  });

  test(`${name}: asked twice, a program has the grace left`, { skip: skip || no }, async (t) => {
    if (!able(t)) return;
    const script = 'trap "echo told" TERM; echo ready; while :; do sleep 0.02; done';
    const started = await start(['--grace', '200', ...sh(script)]);
    await says(started, 'ready');
    process.kill(started.pid, 'SIGTERM');
    await says(started, 'told');
    process.kill(started.pid, 'SIGTERM');
    const { code, stdout } = await started.result;
    assert.equal(code, 137);
    assert.equal(stdout.match(/told/g)?.length, 2, 'both were passed on');
  });

  test(`${name} continues what is stopped, so that it can end`, { skip: skip || no }, async (t) => {
    if (!able(t)) return;
    const stopped = `sh -c 'trap "echo cleaned; exit" TERM; echo ready; kill -STOP $$; sleep 60' &`;
    const started = await start(['--grace', '1h', ...sh(`${stopped} sleep 0.3; exit 6`)]);
    const { code, stdout } = await started.result;
    assert.equal(code, 6);
    assert.match(stdout, /cleaned/);
  });
}

test('once asked, a program may take all the time it needs', { skip }, async () => {
  const script = `trap 'sleep 0.6; echo served; exit 0' TERM; echo ready; while :; do sleep 0.02; done`;
  const started = startInit(['--grace', '100', ...sh(script)]);
  await says(started, 'ready');
  process.kill(started.pid, 'SIGTERM');
  const { code, stdout } = await started.result;
  assert.equal(code, 0);
  assert.match(stdout, /served/);
});

test('a grace of 0 kills at once what remains', { skip }, async () => {
  const started = startInit(['-t', '0', ...sh(`${stubborn} sleep 0.2; exit 6`)]);
  const pid = await awaitPid(started, 'stubborn');
  assert.equal((await started.result).code, 6);
  assert.ok(isGone(pid));
});

test('a subreaper ends its own tree and nothing else', { skip }, async () => {
  const bystander = startInit(['--', 'sleep', '60']);
  const started = startInit(sh('sleep 60 & echo left=$!; setsid sleep 60 & echo away=$!; exit 6'));
  assert.equal((await started.result).code, 6);
  for (const name of ['left', 'away']) assert.ok(isGone(pidOf(started, name) ?? 0), name);
  assert.match(stat(bystander.pid)?.state ?? '', /[RS]/);
  process.kill(bystander.pid, 'SIGTERM');
  assert.equal((await bystander.result).code, 143);
});

test('what keeps no descriptor is ended too', { skip }, async () => {
  const daemon = `sh -c 'exec 3>&1; echo away=$$ >&3; exec <&- >&- 2>&- 3>&-; while :; do sleep 60; done' &`;
  const started = startInit(sh(`setsid ${daemon} sleep 0.2; exit 6`));
  assert.equal((await started.result).code, 6);
  const pid = pidOf(started, 'away') ?? 0;
  assert.ok(pid > 0 && isGone(pid));
});
