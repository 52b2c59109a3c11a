/** run, output, call and pipeline. */
import { call, ExitError, output, pipeline, run, runSync } from '../../index.ts';
import { type Chapter, milliseconds, tell } from './teller.ts';

const outputs: Chapter = {
  title: 'output: what a program says, as a string',
  call: "await output('awk', ['BEGIN { print 6 * 7 }'])",
  needs: ['awk', 'sort'],
  async show() {
    tell('awk', await output('awk', ['BEGIN { print 6 * 7 }']));
    tell('sort', await output('sort', ['--reverse'], { input: 'egg\nchick\nhen\n' }));
  },
};

const runs: Chapter = {
  title: 'run: output and status; another code than 0 is an ExitError',
  call: "await run('sh', ['-c', 'echo no >&2; exit 3'])",
  needs: ['sh', 'test'],
  async show() {
    try {
      await run('sh', ['-c', 'echo no >&2; exit 3']);
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      tell(error.name, error.message);
    }
    tell('call', `test -d / gives ${await call('test', ['-d', '/'])}`);
    const { durationMs } = runSync('true');
    tell('runSync', `true took ${milliseconds(durationMs)}`);
  },
};

const timeouts: Chapter = {
  title: 'run in time, also when a grandchild holds the pipe',
  call: "await run('sh', ['-c', 'sleep 4; true'], { timeout: 200 })",
  needs: ['sh', 'sleep'],
  async show() {
    const { durationMs, status, timedOut } = await run('sh', ['-c', 'sleep 4; true'], {
      timeout: 200,
      check: false,
    });
    const how = timedOut ? 'timed out' : 'did not time out';
    tell('ended', `${how}, ${String(status)}, after ${milliseconds(durationMs)}`);
  },
};

const archive: Chapter = {
  title: 'pipeline: the kernel joins them, no byte passes through JavaScript',
  call: "await pipeline([['tar', 'cf', '-', …], ['gzip'], ['wc', '-c']])",
  needs: ['tar', 'gzip', 'wc'],
  async show() {
    const folder = new URL('..', import.meta.url).pathname;
    const { stdout, statuses } = await pipeline([
      ['tar', 'cf', '-', '-C', folder, '.'],
      ['gzip', '-9'],
      ['wc', '-c'],
    ]);
    tell('packed', `this command line in ${stdout.trim()} bytes`);
    tell('statuses', statuses.map(String).join(' | '));
  },
};

const earlyEnd: Chapter = {
  title: 'pipeline whose last stage has heard enough',
  call: "await pipeline([['seq', '1000000'], ['sort', '-r'], ['head', '-1']])",
  needs: ['seq', 'sort', 'head'],
  async show() {
    const { stdout, statuses, durationMs } = await pipeline([
      ['seq', '1000000'],
      ['sort', '-r'],
      ['head', '-1'],
    ]);
    tell('says', `${stdout.trim()} after ${milliseconds(durationMs)}`);
    tell('statuses', statuses.map(String).join(' | '));
  },
};

export const oneLinerChapters: readonly Chapter[] = [outputs, runs, timeouts, archive, earlyEnd];
