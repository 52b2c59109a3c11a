/** This program, twice. */
import { readFileSync, writeSync } from 'node:fs';

import { current, fork, onFork, pipe, type Process } from '../../index.ts';
import { type Chapter, milliseconds, tell, tellStatus } from './teller.ts';

/** Forks and runs `work` in the child, which then ends by its result: the rest of the tour is the parent's. */
function forkFor(work: () => number): Process {
  const child = fork();
  if (child.isCurrent) current.exit(work());
  return child;
}

const twice: Chapter = {
  title: 'fork: this program, twice',
  call: 'const child = fork(); if (child.isCurrent) …',
  async show() {
    const words = ['memory', 'closures', 'descriptors'];
    const started = performance.now();
    const child = forkFor(() => {
      tell('in the child', `pid ${process.pid}, child of ${process.ppid}: ${words.join(', ')}`);
      return words.length;
    });
    tellStatus('ended', await child.wait(), started);
  },
};

/** KB of memory that are this process's alone. */
function ownMemory(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'latin1');
  const parts = [...rollup.matchAll(/^Private_\w+: +(\d+)/gm)];
  return parts.reduce((sum, part) => sum + Number(part[1]), 0);
}

const shared: Chapter = {
  title: 'memory is shared until somebody writes to it',
  call: 'const bytes = Buffer.alloc(64 MB); fork()',
  async show() {
    const bytes = Buffer.alloc(64 << 20, 1);
    const before = ownMemory();
    const { readEnd, writeEnd } = pipe();
    const child = forkFor(() => {
      let sum = 0;
      for (let at = 0; at < bytes.length; at += 4096) sum += bytes[at] ?? 0;
      writeSync(writeEnd.fd, `read ${sum} pages of it, and has ${ownMemory()} KB for itself`);
      return 0;
    });
    writeEnd.close();
    tell('parent', `had ${before} KB for itself, of which 65536 are these bytes`);
    for await (const chunk of readEnd.readable()) tell('child', String(chunk));
    tellStatus('ended', await child.wait());
  },
};

const many: Chapter = {
  title: 'fork, fifty times',
  call: 'fork()',
  async show() {
    let mended = 0;
    const forget = onFork(() => {
      mended = 1;
    });
    const from = performance.now();
    let fine = 0;
    try {
      for (let i = 0; i < 50; i++) {
        const status = await forkFor(() => mended - 1).wait();
        if (status.ok) fine++;
      }
    } finally {
      forget();
    }
    tell(
      'ended',
      `${fine} of 50 with code 0, ${milliseconds((performance.now() - from) / 50)} each`,
    );
    tell('onFork', `ran in each of them, and ${mended} times here`);
  },
};

export const forkChapters: readonly Chapter[] = [twice, shared, many];
