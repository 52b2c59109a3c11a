/** What a process can be given at its birth, and later. */
import { current, output, spawn } from '../../index.ts';
import { type Chapter, tell, tellStatus } from './teller.ts';

const born: Chapter = {
  title: 'born with limits, a priority, a mask and a group of its own',
  call: "await spawn('sh', […], { priority: 5, umask: 0o077, limits: { openFiles: 64 }, … })",
  needs: ['sh', 'ps'],
  async show() {
    const script =
      'echo "umask $(umask), open files $(ulimit -n)"; ps -o pid,pgid,sid,ni,psr,args -p $$';
    const said = await output('sh', ['-c', script], {
      priority: 5,
      umask: 0o077,
      limits: { openFiles: 64 },
      affinity: current.affinity.slice(0, 1),
      processGroup: true,
    });
    tell('sh says', said);
  },
};

const changed: Chapter = {
  title: 'changed while it runs',
  call: 'child.priority = 10',
  needs: ['sleep'],
  async show() {
    const child = await spawn('sleep', ['60'], { stdin: 'ignore', deathSignal: 'SIGKILL' });
    tell('priority', `${child.priority}, then ${(child.priority = 10)}`);
    tell('affinity', `processors ${child.affinity.join(', ')}`);
    tell('scheduling', `policy ${child.scheduling.policy}`);
    const { soft, hard } = child.limits.openFiles;
    tell('open files', `${soft}, at most ${hard}`);
    tellStatus('terminated', await child.terminate());
  },
};

export const attributeChapters: readonly Chapter[] = [born, changed];
