/** A project for `brood up`, in a folder and with a runtime folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { brood, startBrood } from './brood-command.ts';
import type { NodeResult, StartedNode } from './fixture.ts';
import { until } from './proc.ts';
import { temporaryFolder } from './temp.ts';

/** What can be done with it. */
export interface Project {
  readonly folder: string;
  readonly write: (file: string, text: string) => void;
  /** Runs a command of brood in it. */
  readonly run: (...args: string[]) => Promise<NodeResult>;
  /** Starts `brood up`; stopped by force after the test. */
  readonly up: (...args: string[]) => StartedNode;
  /** Resolves when `brood status` tells that of the services. */
  readonly state: (expected: string) => Promise<void>;
}

/** Makes one with these files. */
export async function project(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<Project> {
  const folder = await temporaryFolder(t);
  const runtime = join(folder, '.run');
  mkdirSync(runtime);
  const options = { cwd: folder, env: { XDG_RUNTIME_DIR: runtime } };
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  for (const [file, text] of Object.entries(files)) write(file, text);
  const run = (...args: string[]): Promise<NodeResult> => brood(args, options);
  return {
    folder,
    write,
    run,
    up(...args) {
      const started = startBrood(['up', ...args], options);
      t.after(async () => {
        if (started.child.exitCode !== null || started.child.signalCode !== null) return;
        started.child.kill('SIGTERM');
        started.child.kill('SIGTERM');
        await started.result;
      });
      return started;
    },
    async state(expected) {
      await until(async () => {
        const { stdout } = await run('status', '--jsonl');
        const lines = stdout.split('\n').filter(Boolean);
        const states = lines.map((line) => {
          const { name, instance, state } = JSON.parse(line) as Record<string, unknown>;
          return `${String(name)}.${String(instance)} ${String(state)}`;
        });
        return states.join(', ') === expected;
      }, `'${expected}'`);
    },
  };
}
