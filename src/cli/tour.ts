/** `brood tour`: every way to have a process, tried on this machine with real programs. */
import { release } from 'node:os';

import type { Command } from 'commander';

import { current, features, UnsupportedError } from '../index.ts';
import { attributeChapters } from './tour/attributes.ts';
import { createChapters } from './tour/create.ts';
import { descriptorChapters } from './tour/descriptors.ts';
import { forkChapters } from './tour/fork.ts';
import { lifeChapters } from './tour/life.ts';
import { oneLinerChapters } from './tour/one-liners.ts';
import { taskChapters } from './tour/tasks.ts';
import { type Chapter, has, heading, milliseconds, tell } from './tour/teller.ts';

const chapters: readonly Chapter[] = [
  ...createChapters,
  ...forkChapters,
  ...taskChapters,
  ...oneLinerChapters,
  ...descriptorChapters,
  ...lifeChapters,
  ...attributeChapters,
];

async function show(chapter: Chapter): Promise<void> {
  const missing = (chapter.needs ?? []).filter((program) => !has(program));
  if (missing.length > 0) {
    tell('skipped', `this machine has no ${missing.join(', no ')}`);
    return;
  }
  try {
    await chapter.show();
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    tell('not here', error.message);
  }
}

async function printTour(): Promise<void> {
  const started = performance.now();
  const { addon } = features();
  console.log(`brood on Node ${process.version}, ${process.platform} ${release()}`);
  tell('this program', `pid ${current.pid}, child of ${current.ppid}`);
  tell('addon', addon.available ? 'loaded' : addon.reason);

  for (const [index, chapter] of chapters.entries()) {
    heading(index + 1, chapter);
    await show(chapter);
  }
  console.log(
    `\nThat was the tour: ${chapters.length} chapters in ${milliseconds(performance.now() - started)}.`,
  );
}

/** Adds `brood tour`. */
export function addTour(program: Command): void {
  program
    .command('tour')
    .summary('create processes in every way there is, on this machine')
    .description('Shows every way to have a process, each tried here with real programs.')
    .action(printTour);
}
