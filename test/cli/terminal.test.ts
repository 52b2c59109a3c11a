import assert from 'node:assert/strict';
import { test } from 'node:test';

import { brood, broodPath } from '../harness/brood-command.ts';
import { requireProgram } from '../harness/programs.ts';
import { Terminal } from '../harness/terminal.ts';

const command = `${process.execPath} ${broodPath}`;

test('tables fit the terminal, and are not cut where there is none', async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const terminal = new Terminal(t, { columns: 60, rows: 60 });
  terminal.run(`${command} signal --list; echo DONE`);
  const screen = await terminal.shows(/^DONE$/m);
  const lines = screen.split('\n').filter((line) => /SIG[A-Z]/.test(line));
  assert.ok(lines.length > 20, screen);
  assert.ok(
    lines.some((line) => line.length === 60 && line.endsWith('…')),
    screen,
  );
  const { stdout } = await brood(['signal', '--list']);
  assert.ok(!stdout.includes('…'));
});

test('colours are for terminals, unless NO_COLOR or FORCE_COLOR say otherwise', async (t) => {
  const forced = await brood(['features'], { env: { FORCE_COLOR: '1' } });
  assert.ok(forced.stdout.includes('\u001b['));
  const both = await brood(['features'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
  assert.ok(!both.stdout.includes('\u001b'));
  const piped = await brood(['features'], { env: { CI: 'true' } });
  assert.ok(!piped.stdout.includes('\u001b'));
  if (!requireProgram(t, 'tmux')) return;
  const terminal = new Terminal(t);
  terminal.run(`clear; ${command} features; echo DONE`);
  await terminal.shows(/^DONE$/m);
  assert.ok(terminal.colouredScreen().includes('\u001b[1mFEATURE'));
  terminal.run(`clear; NO_COLOR=1 ${command} features; echo AGAIN`);
  await terminal.shows(/^AGAIN$/m);
  assert.ok(!terminal.colouredScreen().includes('\u001b[1mFEATURE'));
});

test('Ctrl-C ends a program that is run, once, and leaves the terminal whole', async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const terminal = new Terminal(t, { columns: 100 });
  const script =
    'n=0; trap "n=\\$((n + 1))" INT; echo ready; sleep 30; sleep 1; echo interrupted $n; exit 7';
  terminal.run(
    `clear; ${command} run -- sh -c '${script.replaceAll(String.raw`\$`, '$')}'; echo code $?`,
  );
  await terminal.shows(/^ready$/m);
  terminal.press('C-c');
  const screen = await terminal.shows(/^code \d+$/m);
  assert.match(screen, /interrupted 1\ncode 7/);
  assert.ok(await terminal.isWhole());
});
