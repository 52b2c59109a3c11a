import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test, type TestContext } from 'node:test';

import { attach } from 'brood';

import { brood, broodPath } from '../harness/brood-command.ts';
import { until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { sleeper } from '../harness/sleeper.ts';
import { Terminal } from '../harness/terminal.ts';

const command = `${process.execPath} ${broodPath} top -i 200ms`;

/** Names that no other run of this file has at the same time; 15 characters are shown. */
const goose = `goose${process.pid}`;

/** Of this program, which those that it starts inherit. */
const niceness = String(getPriority()).padStart(4);

/** The screen with what differs from run to run made the same. */
function steady(screen: string, pids: readonly number[]): string {
  const [, ...lines] = screen.split('\n');
  let text = lines.join('\n');
  for (const [index, pid] of pids.entries())
    text = text.replaceAll(`${pid}`, `#${index}`.padStart(`${pid}`.length));
  return text.replaceAll(goose, 'goose');
}

async function opened(t: TestContext, options: string): Promise<Terminal> {
  const terminal = new Terminal(t, { columns: 80, rows: 14 });
  terminal.run(`clear; ${command} ${options}; echo code $?`);
  await terminal.shows(/h help/);
  return terminal;
}

test('top shows processes, filters while one types, and leaves the terminal whole', async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const pids = [await sleeper(t, `${goose}-a`), await sleeper(t, `${goose}-b`)];
  const terminal = await opened(t, '-o pid,state,nice -s name');
  await terminal.shows(/COMMAND/);
  terminal.press('/');
  terminal.type(`name ~ ^${goose}-`);
  // On a quiet machine both are on the screen before the filter is.
  const screen = await terminal.shows(
    new RegExp(`\\^${goose}-▏\\n.*COMMAND\\n.*${goose}-a.*\\n.*${goose}-b.*\\n\\n`),
  );
  assert.equal(
    steady(screen, pids),
    `/name ~ ^goose-▏
     PID S NICE COMMAND
${pids.map((pid, index) => `${`#${index}`.padStart(8)} S ${niceness} goose-${index === 0 ? 'a' : 'b'} 60`).join('\n')}







Enter keep  Esc no filter`,
  );
  terminal.press('Enter');
  await terminal.shows(new RegExp(`sort name ▲ {2}filter name ~ \\^${goose}-`));
  terminal.press('r');
  await terminal.shows(new RegExp(`${goose}-b.*\\n.*${goose}-a`));
  terminal.press('h');
  await terminal.shows(/KEYS\nUp Down PgUp/);
  terminal.press('Escape');
  await terminal.shows(new RegExp(`${goose}-b`));
  terminal.resize(60, 10);
  await terminal.shows(new RegExp(`${goose}-b.*\\n.*${goose}-a(.*\\n){4}.*h help`));
  terminal.press('q');
  await terminal.shows(/^code 0$/m);
  assert.ok(await terminal.isWhole());
});

test('top shows details, and sends signals after a question', async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const pid = await sleeper(t, `${goose}-c`);
  const sleeping = attach(pid);
  const terminal = await opened(t, `-w 'name = ${goose}-c'`);
  await terminal.shows(new RegExp(`${goose}-c 60`));
  terminal.press('Enter');
  await terminal.shows(new RegExp(`PROCESS\\n +pid +${pid}`));
  terminal.press('Escape');
  await terminal.shows(/COMMAND/);
  terminal.press('k');
  await terminal.shows(/15 SIGTERM/);
  terminal.press('Enter');
  await terminal.shows(new RegExp(`Send SIGTERM to ${pid} ${goose}-c\\? y n`));
  terminal.press('n');
  await terminal.shows(/COMMAND/);
  assert.equal(sleeping.isAlive(), true);
  terminal.press('k', 'Enter');
  await terminal.shows(/y n/);
  terminal.press('y');
  await terminal.shows(/sent SIGTERM to 1 process/);
  await until(() => !sleeping.isAlive(), 'the end of the process');
  terminal.press('C-c');
  await terminal.shows(/^code 0$/m);
  assert.ok(await terminal.isWhole());
});

test('top leaves the terminal whole when a signal ends it', async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const pid = await sleeper(t, `${goose}-d`);
  const terminal = await opened(t, `-w 'name = ${goose}-d or commandLine ~ brood.*${goose}-d'`);
  await terminal.shows(new RegExp(`${goose}-d 60`));
  const found = await brood([
    'find',
    '-q',
    '-c',
    `name = ${goose}-d or`,
    '-w',
    `pid != ${pid} and not name = sh`,
  ]);
  const [top] = found.stdout.split('\n').filter(Boolean).map(Number);
  assert.ok(top !== undefined, found.stderr);
  process.kill(top, 'SIGTERM');
  await terminal.shows(/^code 143$/m);
  assert.ok(await terminal.isWhole());
});

test('top needs a terminal', async () => {
  const { code, stdout, stderr } = await brood(['top']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(
    stderr,
    "brood: top needs a terminal\n'brood ps --interval 2s' shows the same once.\n",
  );
});
