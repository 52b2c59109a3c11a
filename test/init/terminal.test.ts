import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asPid1, initPath, noInit, noNamespace, requireNamespaces } from '../harness/init.ts';
import { requireProgram } from '../harness/programs.ts';
import { Terminal } from '../harness/terminal.ts';

const skip = noInit;
const loop = 'while :; do sleep 0.05; done';

test('the program has the foreground, and the shell has it back', { skip }, async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const terminal = new Terminal(t);
  // Only the foreground may read: in the background this would stop.
  const script = 'echo ready; read word; echo "got:$word"; exit 3';
  terminal.run(`${initPath} -s -- sh -c '${script}'; echo "code:$?"`);
  await terminal.shows(/^ready$/m);
  terminal.run('egg');
  await terminal.shows(/^got:egg$/m);
  await terminal.shows(/^code:3$/m);
  terminal.run('read word; echo "shell:$word"');
  terminal.run('hen');
  await terminal.shows(/^shell:hen$/m);
});

test('Ctrl-C reaches the program once', { skip }, async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const script = `trap 'echo told' INT; trap 'exit 9' TERM; echo pid:$PPID; ${loop}`;
  const terminal = new Terminal(t, { env: { SCRIPT: script } });
  terminal.run(`${initPath} -s -- sh -c "$SCRIPT"; echo "code:$?"`);
  const screen = await terminal.shows(/^pid:\d+$/m);
  terminal.press('C-c');
  await terminal.shows(/^(\^C)?told$/m);
  process.kill(Number(/^pid:(\d+)$/m.exec(screen)?.[1]), 'SIGTERM');
  const last = await terminal.shows(/^code:9$/m);
  assert.equal(last.match(/^(\^C)?told$/gm)?.length, 1, last);
});

test('Ctrl-Z gives the shell its turn, and fg the program', { skip }, async (t) => {
  if (!requireProgram(t, 'tmux')) return;
  const terminal = new Terminal(t);
  const script = `echo ready; read word; echo "got:$word"; exit 3`;
  terminal.run(`${initPath} -s -- sh -c '${script}'`);
  await terminal.shows(/^ready$/m);
  terminal.press('C-z');
  await terminal.shows(/Stopped|suspended/);
  terminal.run('echo "shell:$((40 + 2))"');
  await terminal.shows(/^shell:42$/m);
  terminal.run('fg');
  terminal.run('egg');
  await terminal.shows(/^got:egg$/m);
  terminal.run('echo "code:$?"');
  await terminal.shows(/^code:3$/m);
});

test('PID 1 hands the foreground over too', { skip: skip || noNamespace }, async (t) => {
  if (!requireProgram(t, 'tmux') || !requireNamespaces(t)) return;
  const terminal = new Terminal(t);
  const inner = `'echo ready; read word; echo "got:$word"; exit 3'`;
  terminal.run(`${asPid1.join(' ')} ${initPath} -- sh -c ${inner}; echo "code:$?"`);
  await terminal.shows(/^ready$/m);
  terminal.run('egg');
  await terminal.shows(/^got:egg$/m);
  await terminal.shows(/^code:3$/m);
});
