/** Starts services again when files change: by chokidar, which only this needs. */
import { basename } from 'node:path';

import type { Supervisor } from '../../supervise.ts';
import { complain } from '../failure.ts';

/** What is watched for one service. */
export interface Watched {
  readonly name: string;
  readonly paths: readonly string[];
}

/** Editors write more than once: changes within that time are one. */
const togetherMs = 150;
const notWatched: ReadonlySet<string> = new Set(['node_modules', '.git', '.hg', '.svn']);

/** Begins to watch; resolves, when that is so, with what ends it. */
export async function watchFiles(
  supervisor: Supervisor,
  services: readonly Watched[],
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  const watchers = services.map(({ name, paths }) => {
    const watcher = watch([...paths], {
      ignoreInitial: true,
      ignored: (path) => notWatched.has(basename(path)) || basename(path).endsWith('~'),
    });
    let timer: NodeJS.Timeout | undefined;
    watcher.on('all', (_, path) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        complain(`${basename(path)} has changed: ${name} is started again`);
        // What becomes of it is told by its events; that all is over by then is no failure.
        supervisor.restart(name).catch((error: Error) => complain(`${name}: ${error.message}`));
      }, togetherMs);
    });
    watcher.on('error', (error) =>
      complain(`the files of ${name} are not watched: ${String(error)}`),
    );
    return {
      ready: new Promise<void>((resolve) => watcher.once('ready', resolve)),
      close: async (): Promise<void> => {
        clearTimeout(timer);
        await watcher.close();
      },
    };
  });
  await Promise.all(watchers.map(({ ready }) => ready));
  return async () => {
    await Promise.all(watchers.map(({ close }) => close()));
  };
}
