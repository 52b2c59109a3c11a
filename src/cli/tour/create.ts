/** Ways to have a process in hand: spawn, attach, exec. */
import { attach, features, output, run, spawn, SpawnError, UnsupportedError } from '../../index.ts';
import { type Chapter, tell, tellProcess, tellStatus } from './teller.ts';

const broodUrl: string = new URL('../../index.js', import.meta.url).href;

/** Arguments for Node to run code that finds brood under `brood`. */
export function nodeArguments(code: string): string[] {
  const program = `const brood = await import(${JSON.stringify(broodUrl)});\n${code}`;
  return ['--input-type=module', '--eval', program];
}

const spawnGit: Chapter = {
  title: 'spawn: fork + exec of another program',
  call: "await spawn('git', ['--version'])",
  needs: ['git'],
  async show() {
    const started = performance.now();
    const child = await spawn('git', ['--version']);
    tellProcess('runs', child);
    for await (const line of child) tell('says', line);
    tellStatus('ended', await child.wait(), started);
    tell('again', `wait() can be asked as often as one likes: ${String(await child.wait())}`);
  },
};

const spawnMany: Chapter = {
  title: 'spawn, a hundred at once',
  call: "Promise.all(… spawn('true'))",
  needs: ['true'],
  async show() {
    const started = performance.now();
    const children = await Promise.all(Array.from({ length: 100 }, () => spawn('true')));
    const statuses = await Promise.all(children.map((child) => child.wait()));
    const each = ((performance.now() - started) / children.length).toFixed(2);
    const fine = statuses.filter((status) => status.ok).length;
    tell('ended', `${fine} of ${children.length} with code 0, ${each} ms each`);
  },
};

const spawnFailures: Chapter = {
  title: 'spawn that fails says at which step, and of what',
  call: "await spawn('true', { cwd: '/no/such/folder' })",
  async show() {
    const attempts = [
      () => spawn('no-such-program'),
      () => spawn('true', [], { cwd: '/no/such/folder' }),
      () => spawn('/'),
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
      } catch (error) {
        if (!(error instanceof SpawnError)) throw error;
        tell(`at ${error.stage}`, `${error.code}: ${error.message}`);
      }
    }
  },
};

const attachForeign: Chapter = {
  title: 'attach: any process, by its pid',
  call: 'attach(pid)',
  needs: ['sh', 'sleep'],
  async show() {
    const shell = await spawn('sh', ['-c', 'sh -c "sleep 0.2; exit 7" & echo $!; wait'], {
      stdin: 'ignore',
    });
    const [pid] = await firstLines(shell.lines(), 1);
    const started = performance.now();
    const grandchild = attach(Number(pid));
    tellProcess('attached', grandchild);
    tellStatus('ended', await grandchild.wait(), started);
    await shell.wait();
    const { foreignExitCodes } = features();
    if (!foreignExitCodes.available) tell('', `its exit code: ${foreignExitCodes.reason}`);
  },
};

const execInChild: Chapter = {
  title: 'exec: another program in the same process',
  call: "exec('sh', ['-c', 'echo $$'])",
  needs: ['sh'],
  async show() {
    const { available, reason } = features().exec;
    if (!available) throw new UnsupportedError(`exec needs the addon: ${reason}`);
    const code = `
      process.stdout.write('a Node with pid ' + process.pid + '\\n');
      brood.exec('sh', ['-c', 'echo "now a shell with pid $$"']);`;
    const result = await run(process.execPath, nodeArguments(code));
    tell('one process', result.stdout.trimEnd());
    tellStatus('ended', result.status);
  },
};

const whatPsSees: Chapter = {
  title: 'what ps sees of it',
  call: "await output('ps', ['-o', 'pid,ppid,stat,args', '--pid', …])",
  needs: ['ps', 'sleep'],
  async show() {
    const sleeper = await spawn('sleep', ['60'], { stdin: 'ignore' });
    tell('ps', await output('ps', ['-o', 'pid,ppid,stat,args', '--pid', String(sleeper.pid)]));
    tellStatus('terminated', await sleeper.terminate());
  },
};

async function firstLines(lines: AsyncIterable<string>, count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) {
    found.push(line);
    if (found.length === count) break;
  }
  return found;
}

export const createChapters: readonly Chapter[] = [
  spawnGit,
  spawnMany,
  whatPsSees,
  spawnFailures,
  attachForeign,
  execInChild,
];
