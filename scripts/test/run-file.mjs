/** Runs one test file in a process, a session and a time limit of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from './files.mjs';
import { endLeftOvers } from './left-overs.mjs';
import { eventMark } from './reporter.mjs';

const limitMs = 180_000;
const reporter = new URL('reporter.mjs', import.meta.url).href;
const leaks = pathToFileURL(join(root, 'build/test/harness/leaks.js'));

let runs = 0;

/**
 * `{file, ok, passed, failed, skipped, failures, log, ms}`: the tests by count, what went wrong in
 * words, and everything else the file printed.
 */
export async function runFile(file) {
  runs += 1;
  const id = `${process.pid}.${Date.now()}.${runs}`;
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [...(existsSync(leaks) ? ['--import', leaks.href] : []), '--test-reporter', reporter, file],
    // A session of its own: what it leaves behind can be told by it, and the terminal's ^C is ours.
    { cwd: root, detached: true, env: environment(id), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const end = await ended(child);
  const leftOvers = await endLeftOvers(id, child.pid);
  return judge(file, { ...end, leftOvers, ms: performance.now() - started });
}

/** What a test must not inherit from the run it is part of. */
function environment(id) {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...rest } = process.env;
  return { ...rest, BROOD_TEST_RUN: id };
}

/** Settles with the exit of the test file itself: a left-over process may hold its pipes for ever. */
function ended(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const finish = () => resolve({ code, signal, timedOut, output });
      const drain = setTimeout(finish, 1000);
      child.once('close', () => {
        clearTimeout(drain);
        finish();
      });
    });
  });
}

function judge(file, run) {
  const events = [];
  const log = [];
  for (const line of run.output.split('\n')) {
    if (line.startsWith(eventMark)) events.push(JSON.parse(line.slice(eventMark.length)));
    else if (line !== '') log.push(line);
  }
  const number = (result) => events.filter((event) => event.result === result).length;
  const failures = events
    .filter((event) => event.result === 'failed' && event.error !== undefined)
    .map((event) => `${event.name}\n${event.error}`);

  // What the file did wrong as a whole counts as one more failed test.
  const whole = wholeFailures(run, events);
  const failed = number('failed') + (whole.length > 0 ? 1 : 0);
  return {
    file,
    ok: failed === 0,
    passed: number('passed'),
    failed,
    skipped: number('skipped'),
    failures: [...failures, ...whole],
    log,
    ms: run.ms,
  };
}

function wholeFailures({ code, signal, timedOut, leftOvers }, events) {
  const failures = leftOvers.map((leftOver) => `left a process behind: ${leftOver}`);
  const someFailed = events.some((event) => event.result === 'failed');
  if (timedOut) failures.push(`did not end within ${limitMs / 1000} s`);
  else if (signal !== null) failures.push(`was killed by ${signal}`);
  else if (code !== 0 && !someFailed) failures.push(`exited with code ${code}`);
  if (events.length === 0) failures.push('ran no test');
  return failures;
}
