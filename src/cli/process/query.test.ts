import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Misuse } from '../failure.ts';
import { parseQuery } from './query.ts';

const row = {
  pid: 42,
  name: 'node',
  user: 'root',
  commandLine: 'node server.js --port 80',
  rss: 200 * 2 ** 20,
  cpu: 7.5,
  cpuTime: 65_000,
  state: 'S',
  exe: { denied: true, reason: 'EACCES' },
  memory: { pss: 5 },
  kernelThread: false,
};

const matches = (query: string): boolean => parseQuery(query).matches(row);

test('fields are compared with what they are', () => {
  for (const query of [
    '',
    'cpu > 5 and user = root',
    'cpu>5 and user=root',
    'cpu >= 7.5%',
    'rss >= 200m and rss <= 0.2g',
    'cpuTime > 1m and cpuTime < 70s',
    'memory.pss = 5',
    'state != R',
    'name ~ ^no and name !~ ^x',
    'user = "root"',
    "commandLine = 'node server.js --port 80'",
    'kernelThread = no',
    'not (pid = 1 or pid = 2)',
    'pid = 1 or pid = 42 and user = root',
    'SERVER',
    'server and root',
    '42',
  ]) {
    assert.equal(matches(query), true, query);
  }
  for (const query of [
    'cpu > 7.5',
    'user != root',
    'not cpu > 5',
    '(pid = 42 or pid = 1) and user = nobody',
    'nowhere',
    'rss < 199m',
  ]) {
    assert.equal(matches(query), false, query);
  }
});

test('what is not known fits no comparison', () => {
  for (const query of ['exe = node', 'exe != node', 'exe ~ .', 'exe !~ .']) {
    assert.equal(matches(query), false, query);
  }
});

test('it says what has to be read', () => {
  const paths = parseQuery('cpu > 5 and memory.pss > 1m').paths;
  assert.deepEqual(
    paths.map(({ path, field }) => [path, field]),
    [
      ['cpu', undefined],
      ['memory.pss', 'memory'],
    ],
  );
});

test('what is wrong is told with its place', () => {
  for (const [query, message] of [
    ['cpu >', /character 6: a value was expected/],
    ['cpu > 5 user', /character 8: 'and' or 'or' was expected/],
    ['(cpu > 5', /'\)' was expected/],
    ['> 5', /a field was expected/],
    ['cpu > many', /cpu is compared with a number, not 'many'/],
    ['rss > 5x', /rss is compared with a number/],
    ['eggs = 3', /there is no field 'eggs'/],
    ['name ~ (', /expected/],
    ["name ~ '('", /no regular expression/],
    ['name = "open', /cannot be read/],
  ] as const) {
    assert.throws(
      () => parseQuery(query),
      (error) => error instanceof Misuse && message.test(error.message),
      query,
    );
  }
});

test('any text is either a query or refused', () => {
  const words = fc.constantFrom('cpu', '>', '5', 'and', 'or', 'not', '(', ')', '~', 'x', '"', ' ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((all) => all.join(' ')),
      ),
      (text) => {
        try {
          assert.equal(typeof parseQuery(text).matches(row), 'boolean');
        } catch (error) {
          assert.ok(error instanceof Misuse, String(error));
        }
      },
    ),
  );
});
