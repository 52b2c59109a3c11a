import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Supervisor, type ChildSpec, type SupervisorOptions } from 'brood/supervise';

const good = { name: 'a', command: ['true'] as const };

test('every wrong field is named, and nothing is started', () => {
  const cases: [unknown, RegExp][] = [
    [{ name: '' }, /"children\[0\]\.name"/],
    [{ name: 'a b' }, /"children\[0\]\.name" must be of letters/],
    [{ command: undefined }, /"children\[0\]" must have exactly one of 'command'/],
    [
      { task: () => 1 },
      /"children\[0\]" must have exactly one of .*Received type string \("command and task"\)/,
    ],
    [{ command: [] }, /"children\[0\]\.command" must name a program/],
    [{ command: ['a', 3] }, /"children\[0\]\.command\[1\]" must be a string/],
    [{ command: 7 }, /"children\[0\]\.command"/],
    [{ restart: 'often' }, /"children\[0\]\.restart" must be one of 'always'/],
    [{ restrat: 'always' }, /"children\[0\]\.restrat" is no option .* did you mean 'restart'/],
    [{ instances: 1.5 }, /"children\[0\]\.instances" must be a whole number/],
    [{ instances: -1 }, /"children\[0\]\.instances"/],
    [{ dependsOn: ['b'] }, /"children\[0\]\.dependsOn\[0\]" is no child; there are no others/],
    [{ dependsOn: 'b' }, /"children\[0\]\.dependsOn" must be an array/],
    [{ dependsOn: ['a'] }, /"children\[0\]\.dependsOn" must not go round in a circle: a → a/],
    [{ ready: 'soon' }, /"children\[0\]\.ready" must be 'started'/],
    [{ ready: {} }, /"children\[0\]\.ready" must have exactly one of 'tcp'/],
    [{ ready: { tcp: 70_000 } }, /"children\[0\]\.ready\.tcp"/],
    [{ ready: { tcp: 'here' } }, /"children\[0\]\.ready\.tcp" must be a port/],
    [{ ready: { http: 'https://x/' } }, /"children\[0\]\.ready\.http" must be an http: URL/],
    [{ ready: { exec: 'true' } }, /"children\[0\]\.ready\.exec" must be an array/],
    [{ ready: { log: 'x', timeout: -1 } }, /"children\[0\]\.ready\.timeout"/],
    [{ alive: { log: 'x' } }, /"children\[0\]\.alive\.log" is no option/],
    [{ watchdog: 0 }, /"children\[0\]\.watchdog"/],
    [{ stop: { signal: 'SIGNONE' } }, /"children\[0\]\.stop\.signal": Unknown signal: SIGNONE/],
    [{ stop: { scope: 'all' } }, /"children\[0\]\.stop\.scope" must be one of 'tree', 'process'/],
    [{ listen: {} }, /"children\[0\]\.listen" must name a socket/],
    [{ listen: { a: {} } }, /"children\[0\]\.listen\.a" must have exactly one of 'port', 'path'/],
    [{ listen: { 'a:b': { port: 1 } } }, /"children\[0\]\.listen\.a:b" must be a name/],
    [{ cgroup: { memory: 0 } }, /"children\[0\]\.cgroup\.memory"/],
    [
      { log: { rotate: { size: 1 } } },
      /"children\[0\]\.log\.rotate" needs children\[0\]\.log\.file/,
    ],
    [{ log: { file: '{nam}.log' } }, /"children\[0\]\.log\.file" must not have \{nam\}/],
    [{ cwd: 3 }, /"children\[0\]\.cwd"/],
    [{ env: { 'A=B': '1' } }, /"children\[0\]\.env" must not have '='/],
    [{ priority: 99 }, /"children\[0\]\.priority"/],
    [{ limits: { openFiles: -3 } }, /"children\[0\]\.limits/],
    [{ args: [1] }, /"children\[0\]\.args" is for `task` and `module` only/],
    [{ session: true }, /"children\[0\]\.session" is no option/],
    [
      { command: undefined, supervisor: { children: [{ name: 'x' }] } },
      /"children\[0\]\.supervisor\.children\[0\]" must have exactly one/,
    ],
    [{ command: undefined, module: './x.js' }, /"children\[0\]\.module" must be a URL/],
  ];
  for (const [given, message] of cases) {
    const child = { ...good, ...(given as object) } as ChildSpec;
    assert.throws(() => new Supervisor({ children: [child] }), { message }, JSON.stringify(given));
  }
});

test('the options of the supervisor itself', () => {
  const cases: [object, RegExp][] = [
    [{ children: [] }, /"children" must not be empty/],
    [{ children: 'a' }, /"children" must be an array/],
    [{ children: [good, good] }, /"children\[1\]\.name" is that of another child already/],
    [{ strategy: 'all' }, /"options\.strategy" must be one of/],
    [{ intensity: -1 }, /"options\.intensity"/],
    [{ period: Number.NaN }, /"options\.period"/],
    [{ backoff: { min: 10, max: 5 } }, /"options\.backoff\.max" must not be less/],
    [{ backoff: { jitter: 2 } }, /"options\.backoff\.jitter"/],
    [{ log: { format: 'xml' } }, /"options\.log\.format"/],
    [{ intensty: 3 }, /"options\.intensty" is no option .* did you mean 'intensity'/],
  ];
  for (const [given, message] of cases) {
    const options = { children: [good], ...given } as SupervisorOptions;
    assert.throws(() => new Supervisor(options), { message }, JSON.stringify(given));
  }
});

test('a circle of needs is refused, and shown', () => {
  const child = (name: string, ...dependsOn: string[]): ChildSpec => ({
    name,
    command: ['true'],
    dependsOn,
  });
  assert.throws(
    () => new Supervisor({ children: [child('a', 'b'), child('b', 'c'), child('c', 'a')] }),
    { code: 'ERR_INVALID_ARG_VALUE', message: /a → b → c → a/ },
  );
});

test('what cannot be asked at that time, or of nobody, is refused', async () => {
  const supervisor = new Supervisor({ children: [good], log: false });
  await assert.rejects(supervisor.restart('a'), { code: 'ERR_INVALID_STATE' });
  await assert.rejects(supervisor.restart('b'), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /one of a/,
  });
  assert.throws(() => supervisor.events({ types: ['nothing' as 'log'] }), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
  await supervisor.start();
  await assert.rejects(supervisor.start(), { code: 'ERR_INVALID_STATE' });
  await supervisor.stop();
  await supervisor.stop();
});
