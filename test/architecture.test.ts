import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

import { root } from './harness/root.ts';

/** The rooms of src/ by floor. A room is a folder, or a file that lies in src/ itself. */
const floors: ReadonlyMap<string, number> = new Map([
  ['errors.ts', 0],
  ['signal', 1],
  ['status', 2],
  ['platform', 3],
  ['descriptor', 4],
  ['inspect', 4],
  ['process', 5],
  ['channel', 5],
  ['child', 6],
  ['create', 7],
  ['shared', 7],
  ['pool', 8],
  ['index.ts', 9],
  ['pool.ts', 9],
  ['shared.ts', 9],
  ['cli', 10],
]);

const publicDoors = new Set(['index.ts', 'pool.ts', 'shared.ts', 'inspect/index.ts']);
const mostLines = 250;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`, types included. */
function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(
    /^(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  );
  return [...statements].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

const src = join(root, 'src');

/** The imports between files of src/, by paths relative to it. */
function readImports(): Map<string, string[]> {
  return new Map(
    filesBelow(src)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [
        relative(src, file),
        importsOf(readFileSync(file, 'utf8'))
          .filter((name) => name.startsWith('.'))
          .map((name) => relative(src, join(dirname(file), name))),
      ]),
  );
}

const imports = readImports();

function roomOf(file: string): string {
  return file.split('/')[0] as string;
}

function* edges(): Generator<[from: string, to: string]> {
  for (const [from, targets] of imports) for (const to of targets) yield [from, to];
}

test('imports are found in every form', () => {
  const text = `
import { a } from './a.ts';
import type { B } from "./b.ts";
import {
  c,
} from './c.ts';
import './d.ts';
export * from './e.ts';
const f = await import('./f.ts');
// import './no.ts';
/* import './no.ts'; */
const words = "from './no.ts'";
`;
  const found = ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts'];
  assert.deepEqual(importsOf(text), found);
});

test('every file of src is in a room, and every import is of a file that exists', () => {
  assert.ok(imports.size > 20, 'src/ was read');
  const rooms = new Set([...imports.keys()].map(roomOf));
  assert.deepEqual([...rooms].toSorted(), [...floors.keys()].toSorted());
  for (const [from, to] of edges()) assert.ok(imports.has(to), `${from} imports ${to}`);
});

test('a room imports itself and lower floors only', () => {
  const wrong = [...edges()].filter(([from, to]) => {
    const [here, there] = [roomOf(from), roomOf(to)];
    return here !== there && (floors.get(here) as number) <= (floors.get(there) as number);
  });
  assert.deepEqual(wrong, []);
});

test('no import goes round in a circle', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
});

test('the command line is our first user: it imports public doors only', () => {
  const wrong = [...edges()].filter(
    ([from, to]) => roomOf(from) === 'cli' && roomOf(to) !== 'cli' && !publicDoors.has(to),
  );
  assert.deepEqual(wrong, []);
});

test('only platform/ knows the operating system, and only binding.ts loads the addon', () => {
  const creators = filesBelow(src)
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) => /^import (?!type).*'node:child_process'/m.test(readFileSync(file, 'utf8')))
    .map((file) => relative(src, file));
  assert.deepEqual(
    creators.filter((file) => !file.startsWith('platform/portable/')),
    [],
  );
  const loaders = filesBelow(src)
    .filter((file) => readFileSync(file, 'utf8').includes('createRequire('))
    .map((file) => relative(src, file));
  assert.deepEqual(
    // The function of a task gets a require() as in a module; none is used here.
    loaders.filter((file) => roomOf(file) !== 'cli' && file !== 'child/load-function.ts'),
    ['platform/binding.ts'],
  );
});

test('tests from outside import the package and the harness, never the inside', () => {
  const folder = join(root, 'test');
  const wrong = filesBelow(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      importsOf(readFileSync(file, 'utf8'))
        .filter((name) => name.startsWith('.'))
        .filter((name) => relative(folder, join(dirname(file), name)).startsWith('..'))
        .map((name) => `${relative(root, file)} imports ${name}`),
    );
  assert.deepEqual(wrong, []);
});

test('no room is called utils or the like, and no file is too long to keep in mind', () => {
  const files = ['src', 'test', 'native', 'scripts', 'examples'].flatMap((folder) =>
    filesBelow(join(root, folder)),
  );
  const vague = /(^|\/)(utils?|helpers?|common|types|misc)(\/|\.[a-z]+$)/;
  assert.deepEqual(
    files.filter((file) => vague.test(relative(root, file))),
    [],
  );
  const long = files
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > mostLines)
    .map(({ file, lines }) => `${relative(root, file)} has ${lines} lines`);
  assert.deepEqual(long, []);
});

test('ARCHITECTURE.md shows the same floors', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| `([a-z.]+)\/?` \|/gm)];
  const shown = rows.map((row) => [row[2], Number(row[1])]);
  assert.deepEqual(shown, [...floors]);
});
