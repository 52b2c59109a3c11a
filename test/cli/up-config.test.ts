import assert from 'node:assert/strict';
import { test } from 'node:test';

import { project } from '../harness/project.ts';

test('what is wrong is told by file, line and field, and nothing is started', async (t) => {
  const cases: [file: string, text: string, message: RegExp][] = [
    ['Procfile', 'web: x\n\nno colon here\n', /^brood: Procfile:3: must be 'name: command'$/m],
    ['Procfile', 'web:\n', /Procfile:1: web has no command/],
    ['Procfile', 'a: x\na: y\n', /Procfile:2: a is there already/],
    ['Procfile', '# nothing\n', /Procfile: no service is in it/],
    ['brood.config.yaml', 'services:\n  a: [\n', /brood\.config\.yaml:\d+:\d+: /],
    [
      'brood.config.yaml',
      'services:\n  a:\n    comand: x\n',
      /yaml:3: services\.a\.comand is not known here/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a:\n    restart: never\n',
      /yaml:2: services\.a\.command is missing/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a:\n    command: x\n    restart: sometimes\n',
      /yaml:4: services\.a\.restart must be 'always'/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a:\n    command: x\n    stop:\n      grace: long\n',
      /yaml:5: services\.a\.stop\.grace must be milliseconds/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a:\n    command: x\n    stop: { signal: SIGX }\n',
      /yaml:4: .*SIGX/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a:\n    command: x\n    dependsOn:\n      - b\n',
      /yaml:5: "services\.a\.dependsOn\[0\]" is no child/,
    ],
    [
      'brood.config.yaml',
      'services:\n  a: { command: x, dependsOn: [b] }\n  b: { command: x, dependsOn: [a] }\n',
      /yaml:2: .*a → b → a/,
    ],
    [
      'brood.config.yaml',
      'intensity: -1\nservices: { a: { command: x } }\n',
      /yaml:1: intensity must not be negative/,
    ],
    ['brood.config.yaml', 'services: {}\n', /yaml:1: services must name a service/],
    ['brood.config.yaml', '3\n', /brood\.config\.yaml:1: /],
    [
      'brood.config.json',
      '{\n  "services": {\n    "a b": { "command": "x" }\n  }\n}\n',
      /json:3: .*must be of letters/,
    ],
    [
      'brood.config.json',
      '{ "services": { "a": { "command": "x" } }, \n"stratgy": 1 }',
      /json:2: stratgy is not known here/,
    ],
    ['brood.config.mjs', 'export const x = 1;\n', /mjs must export the configuration as default/],
    ['brood.config.mjs', 'throw new Error("no way");\n', /mjs cannot be imported: Error: no way/],
    [
      'brood.config.mjs',
      'export default { services: { a: { command: 3 } } };\n',
      /mjs: services\.a\.command must be a command/,
    ],
    [
      'brood.config.yaml',
      'envFile: no.env\nservices: { a: { command: x } }\n',
      /the file no\.env cannot be read/,
    ],
  ];
  for (const [file, text, message] of cases) {
    const { run } = await project(t, { [file]: text });
    const { code, stdout, stderr } = await run('up');
    assert.match(stderr, message, text);
    assert.deepEqual([code, stdout], [2, ''], text);
    assert.doesNotMatch(stderr, /started \(pid/);
  }
});

test('no configuration, none of that name, and no such service', async (t) => {
  const empty = await project(t, {});
  assert.match((await empty.run('up')).stderr, /there is no Procfile and no brood\.config/);
  assert.match((await empty.run('up', '-f', 'x.yaml')).stderr, /there is no file x\.yaml/);
  const { run } = await project(t, { Procfile: 'a: true\nb: true\n' });
  for (const args of [['c'], ['--scale', 'c=2']]) {
    const { code, stderr } = await run('up', ...args);
    assert.equal(code, 2);
    assert.match(stderr, /there is no service c in Procfile\nThere are: a, b\./);
  }
  assert.match((await run('up', '--scale', 'a=x')).stderr, /NAME=NUMBER/);
  const checked = await run('up', '--check');
  assert.deepEqual([checked.code, checked.stdout, checked.stderr], [0, '', '']);
});
