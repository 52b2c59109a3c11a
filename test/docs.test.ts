import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

import { compile } from './harness/compile.ts';
import { runNode } from './harness/fixture.ts';
import { root } from './harness/root.ts';
import { temporaryFolder } from './harness/temp.ts';

interface Block {
  /** `docs/guide/create.md:12` */
  readonly place: string;
  /** The name of its source file: its place, in letters that a file can have. */
  readonly name: string;
  readonly code: string;
  readonly run: boolean;
}

function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...docs].toSorted();
}

/** The blocks marked `ts` (to compile) and `ts run` (to run as well). */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(ts|ts run)\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const place = `${page}:${line}`;
    return {
      place,
      name: place.replaceAll(/[^a-zA-Z0-9]+/g, '-'),
      // A block without an import is a module all the same.
      code: `${match[2]}\nexport {};\n`,
      run: match[1] === 'ts run',
    };
  });
}

test('the code blocks of the documents compile, and those marked `run` run', async (t) => {
  const blocks = pages().flatMap(blocksOf);
  assert.ok(blocks.some(({ run }) => run));
  const sources = new Map(blocks.map(({ name, code }) => [`${name}.mts`, code]));
  const { errors, folder } = await compile(t, sources);
  const places = blocks.map(({ name, place }) => `${name}.mts = ${place}`).join('\n');
  assert.equal(errors, '', `${errors}\n${places}`);

  const empty = await temporaryFolder(t);
  for (const { name, place, run } of blocks) {
    if (!run) continue;
    await t.test(place, async () => {
      const result = await runNode([join(folder, `${name}.mjs`)], { cwd: empty });
      assert.deepEqual([result.code, result.stderr], [0, ''], result.stdout);
    });
  }
});

test('links between the documents lead somewhere', () => {
  const broken = pages().flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => join(root, dirname(page), match[1] as string))
      .filter((target) => !existsSync(target))
      .map((target) => `${page}: ${relative(root, target)}`);
  });
  assert.deepEqual(broken, []);
});
