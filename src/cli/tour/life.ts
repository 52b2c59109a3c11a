/** Waiting, signals, trees, and what this program is to itself. */
import { attach, current, output, run, signals, spawn } from '../../index.ts';
import { nodeArguments } from './create.ts';
import { type Chapter, tell, tellProcess, tellStatus } from './teller.ts';

const waits: Chapter = {
  title: 'wait with a bound, and how a process can end',
  call: 'await child.wait({ timeout: 50 })',
  needs: ['sleep', 'sh'],
  async show() {
    const sleeper = await spawn('sleep', ['60'], { stdin: 'ignore' });
    const early = await sleeper.wait({ timeout: 50 });
    tell('in 50 ms', early === undefined ? 'undefined: it still runs' : String(early));
    sleeper.signal('SIGINT');
    tellStatus('SIGINT', await sleeper.wait());
    const shell = await spawn('sh', ['-c', 'exit 42'], { stdin: 'ignore' });
    const status = await shell.wait();
    tell('exit 42', `${String(status)}, raw wait status ${status.waitStatus}`);
  },
};

const stops: Chapter = {
  title: 'suspend and resume, terminate with a grace',
  call: 'await child.terminate({ grace: 200 })',
  needs: ['sh', 'sleep', 'ps'],
  async show() {
    const script = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';
    const stubborn = await spawn('sh', ['-c', script], { stdin: 'ignore' });
    for await (const line of stubborn) {
      tell('says', line);
      break;
    }
    const state = (): Promise<string> => output('ps', ['-o', 'stat=', '-p', `${stubborn.pid}`]);
    stubborn.suspend();
    tell('suspended', `state ${await state()}`);
    stubborn.resume();
    tell('resumed', `state ${await state()}`);
    const started = performance.now();
    tellStatus('terminated', await stubborn.terminate({ grace: 200 }), started);
  },
};

const trees: Chapter = {
  title: 'a whole tree, also what started a session of its own',
  call: 'await child.terminate({ tree: true })',
  needs: ['sh', 'sleep', 'setsid'],
  async show() {
    const script = 'sleep 60 & setsid sh -c "sleep 60 & echo \\$!; wait" & wait';
    const shell = await spawn('sh', ['-c', script], { stdin: 'ignore' });
    let deepest = 0;
    for await (const line of shell) {
      deepest = Number(line);
      break;
    }
    tellProcess('shell', shell);
    tellProcess('deepest', attach(deepest));
    const pids = shell.descendants().map(({ pid }) => pid);
    tell('descendants', pids.join(' '));
    tellStatus('terminated', await shell.terminate({ tree: true }));
    tell('left', pids.filter(runs).length);
  },
};

function runs(pid: number): boolean {
  try {
    return attach(pid).isAlive();
  } catch {
    return false;
  }
}

const ownSignals: Chapter = {
  title: 'signals of this program: masks and dispositions of the kernel',
  call: "signals.block('SIGUSR2')",
  show() {
    signals.block('SIGUSR2');
    process.kill(current.pid, 'SIGUSR2');
    tell('blocked', `pending: ${signals.pending().join(', ')}`);
    signals.ignore('SIGUSR2').unblock('SIGUSR2');
    tell('ignored', `pending: ${signals.pending().join(', ') || 'none'}`);
    signals.default('SIGUSR2');
    const { number, action, catchable } = signals.describe('SIGTERM');
    tell('SIGTERM', `number ${number}, ${action}, ${catchable ? '' : 'not '}catchable`);
  },
};

const nextToEnd: Chapter = {
  title: 'the next of our children to end',
  call: 'await current.waitAny()',
  needs: ['sleep'],
  async show() {
    const delays = ['0.15', '0.05', '0.1'];
    for (const delay of delays) {
      const child = await spawn('sleep', [delay], { stdin: 'ignore' });
      tell('started', `pid ${child.pid}, sleeps ${delay} s`);
    }
    for (const _ of delays) tell('ended', `pid ${(await current.waitAny()).pid}`);
  },
};

const exitors: Chapter = {
  title: 'what is done before a program ends',
  call: 'current.onExit(() => …)',
  async show() {
    const code = `
      for (const word of ['first', 'second', 'third']) {
        brood.current.onExit(() => console.log('registered ' + word));
      }
      brood.current.exit(5);`;
    const result = await run(process.execPath, nodeArguments(code), { check: false });
    tell('in order', result.stdout.trim().replaceAll('\n', ', '));
    tellStatus('ended', result.status);
  },
};

export const lifeChapters: readonly Chapter[] = [
  waits,
  stops,
  trees,
  ownSignals,
  nextToEnd,
  exitors,
];
