import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { type FileDescriptor, open, pipe, socketpair } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { hasEnded, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** Starts a program of node:child_process with our descriptor as its descriptor 3. */
function startWith(end: FileDescriptor, program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', end.fd] });
  end.close();
  return child;
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  await until(() => child.exitCode ?? child.signalCode ?? undefined, 'the other program to end');
  assert.ok(hasEnded(child.pid ?? 0));
  return child.exitCode;
}

test('an unrelated program gets an open file, and sends one back', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  writeFileSync(path, 'what only the sender may open');
  const [ours, theirs] = socketpair();
  const child = startWith(theirs, process.execPath, [fixture('read-what-is-sent')]);
  {
    using file = open(path);
    await ours.send([file], 'read this');
  }
  // The answer: the read end of a pipe of the other program, which ends after writing to it.
  const { data, descriptors } = await ours.receive();
  assert.equal(Buffer.from(data).toString(), 're: read this');
  assert.equal(descriptors.length, 1);
  let text = '';
  for await (const chunk of (descriptors[0] as FileDescriptor).readable()) text += String(chunk);
  assert.equal(text, 'WHAT ONLY THE SENDER MAY OPEN');
  assert.equal((await ours.receive()).data.length, 0);
  ours.close();
  assert.equal(await exitCode(child), 0);
});

test('nothing but the bytes is on the wire: a program in Python understands', async (t) => {
  if (!requireProgram(t, 'python3')) return;
  const code = `
import os, socket
s = socket.socket(fileno=3)
data, fds, flags, address = socket.recv_fds(s, 1000, 10)
assert data == b'hello', data
os.write(fds[0], b'written by Python')
empty, fds2, _, _ = socket.recv_fds(s, 1000, 10)
assert empty == b'\\0' and len(fds2) == 2, (empty, fds2)
socket.send_fds(s, [b'bye'], [fds[0]])
`;
  const [ours, theirs] = socketpair();
  const child = startWith(theirs, 'python3', ['-c', code]);
  const { readEnd, writeEnd } = pipe();
  await ours.send([writeEnd], 'hello');
  writeEnd.close();
  using nowhere = open('/dev/null');
  let text = '';
  const reading = (async () => {
    for await (const chunk of readEnd.readable()) text += String(chunk);
  })();
  // Two messages with descriptors are never taken for one.
  await ours.send([nowhere, nowhere]);
  const { data, descriptors } = await ours.receive();
  assert.equal(Buffer.from(data).toString(), 'bye');
  for (const each of descriptors) each.close();
  await reading;
  assert.equal(text, 'written by Python');
  ours.close();
  assert.equal(await exitCode(child), 0);
});
