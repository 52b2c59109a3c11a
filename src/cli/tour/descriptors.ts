/** Pipes, socket pairs, descriptors that travel. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { output, pipe, socketpair, spawn } from '../../index.ts';
import { nodeArguments } from './create.ts';
import { type Chapter, tell, tellStatus } from './teller.ts';

const exactly: Chapter = {
  title: 'a child has the descriptors that were asked for, and no others',
  call: "await spawn('ls', ['-l', '/proc/self/fd'], { fds: { 3: … } })",
  needs: ['sh', 'readlink'],
  async show() {
    const script = 'for fd in 0 1 2 3 4 5 6; do readlink /proc/$$/fd/$fd | sed "s/^/$fd: /"; done';
    tell('sh has', await output('sh', ['-c', script], { fds: { 3: { file: '/dev/zero' } } }));
  },
};

const pipes: Chapter = {
  title: 'pipe: an end for a child, an end for us',
  call: 'const { readEnd, writeEnd } = pipe()',
  needs: ['tr'],
  async show() {
    const { readEnd, writeEnd } = pipe();
    const child = await spawn('tr', ['a-z', 'A-Z'], { stdin: readEnd });
    tell('ownership', `our read end is ${readEnd.isClosed ? 'closed: the child has it' : 'open'}`);
    writeEnd.writable().end('written to our end\n');
    if (child.stdout !== null) tell('tr says', (await text(child.stdout)).trimEnd());
    tellStatus('ended', await child.wait());
  },
};

const passing: Chapter = {
  title: 'an open file sent to another process, over a socket pair',
  call: "await ours.send([readEnd], 'for you')",
  async show() {
    const [ours, theirs] = socketpair();
    const { readEnd, writeEnd } = pipe();
    const code = `
      const socket = new brood.FileDescriptor(3);
      const { data, descriptors } = await socket.receive();
      let words = '';
      for await (const chunk of descriptors[0].readable()) words += chunk;
      console.log(process.pid + ' got "' + Buffer.from(data) + '", and read "' + words + '"');`;
    const child = await spawn(process.execPath, nodeArguments(code), {
      stdin: 'ignore',
      fds: { 3: theirs },
    });
    await ours.send([readEnd], 'for you');
    readEnd.close();
    const writing = writeEnd.writable();
    writing.end('written before it was read');
    for await (const line of child) tell('receiver', line);
    tellStatus('ended', await child.wait());
    ours.close();
    if (!writing.closed) await once(writing, 'close');
  },
};

export const descriptorChapters: readonly Chapter[] = [exactly, pipes, passing];
