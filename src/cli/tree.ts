/** `brood tree`: who came from whom. */
import { Argument, type Command } from 'commander';

import { type ProcessField, tree, type TreeNode } from '../inspect/index.ts';
import { Misuse } from './failure.ts';
import { columnOf, type FieldPath, fieldsOf, parseFields, type Row } from './process/fields.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { style } from './show/style.ts';
import { type Column, tableLines, terminalWidth } from './show/table.ts';
import { parseTarget, take, type Target } from './values/target.ts';

interface TreeFlags {
  readonly output?: readonly FieldPath[];
  readonly ancestors?: true;
  readonly kernel: boolean;
  readonly header: boolean;
  readonly json?: true;
  readonly jsonl?: true;
}

type Node = TreeNode<ProcessField>;

/** A line of the tree. */
interface Line {
  readonly row: Row;
  readonly depth: number;
  readonly stem: string;
}

const usual = 'pid,user,state,rss';
const always = 'pid,ppid,name,commandLine,kernelThread';

/** The lines of a tree from its root down, without recursion: it may be thousands deep. */
function linesOf(root: Node, above: readonly Row[], kernel: boolean): Line[] {
  const lines: Line[] = above.toReversed().map((row, depth) => ({
    row,
    depth,
    stem: depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `,
  }));
  const indent = '   '.repeat(Math.max(0, above.length - 1));
  const stem = above.length === 0 ? '' : `${indent}└─ `;
  const below = above.length === 0 ? '' : `${indent}   `;
  const work: [Node, string, string, number][] = [[root, stem, below, above.length]];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [node, ownStem, stemBelow, depth] = next;
    lines.push({ row: node, depth, stem: ownStem });
    const children = node.children.filter((child) => kernel || !child.kernelThread);
    for (const [index, child] of [...children.entries()].toReversed()) {
      const isLast = index === children.length - 1;
      const [branch, rest] = isLast ? ['└─ ', '   '] : ['├─ ', '│  '];
      work.push([child, stemBelow + branch, stemBelow + rest, depth + 1]);
    }
  }
  return lines;
}

function columnsOf(paths: readonly FieldPath[]): Column<Line>[] {
  const fields = paths.map((path): Column<Line> => {
    const { title, right, text, paint } = columnOf(path);
    return {
      title,
      right,
      text: ({ row }) => text(row),
      paint: paint && ((cell, { row }, given) => paint(cell, row, given)),
    };
  });
  const command: Column<Line> = {
    title: 'COMMAND',
    text: ({ row, stem }) => `${stem}${String(row['commandLine'])}`,
    paint: (cell, { row }, { dim }) => (row['kernelThread'] === true ? dim(cell) : cell),
  };
  return [...fields, command];
}

async function show(target: Target, flags: TreeFlags): Promise<void> {
  const shown = flags.output ?? parseFields(usual);
  if (shown.some(({ field }) => field === undefined)) {
    throw new Misuse("tree does not measure cpu: 'brood top' does");
  }
  const handle = target.inode === undefined ? undefined : take(target);
  const fields = fieldsOf([...parseFields(always), ...shown]);
  const found = await tree<ProcessField>(handle?.pid ?? target.pid, fields);
  if (flags.json === true) {
    process.stdout.write(jsonText(found));
    return;
  }
  const lines = linesOf(found, flags.ancestors === true ? found.ancestors : [], flags.kernel);
  if (flags.jsonl === true) {
    for (const { row, depth } of lines) {
      const { children: _children, ancestors: _ancestors, init: _init, ...own } = row;
      process.stdout.write(jsonLine({ depth, ...own }));
    }
    return;
  }
  const options = { width: terminalWidth(), header: flags.header, style };
  process.stdout.write(`${tableLines(lines, columnsOf(shown), options).join('\n')}\n`);
}

/** Adds `brood tree`. */
export function addTree(program: Command): void {
  const command = program
    .command('tree')
    .summary('who came from whom')
    .description(
      'Shows a process with all that came from it; of process 1, which is what is shown by default, that is nearly everything. Threads of the kernel stand in brackets, below process 2.',
    )
    .addArgument(
      new Argument('[pid]', 'PID, or PID:INODE')
        .argParser(parseTarget)
        .default({ text: '1', pid: 1, inode: undefined } satisfies Target, '1'),
    )
    .option('-o, --output <fields>', 'the fields before the command', parseFields)
    .option('-a, --ancestors', 'what it came from too')
    .option('--no-kernel', 'without threads of the kernel')
    .option('--no-header', 'without the line of titles')
    .option('--json', 'as JSON, children within their parents')
    .option('--jsonl', 'a line of JSON for each, with its depth');
  examples(command, [
    ['brood tree', 'everything below process 1'],
    ['brood tree --ancestors $$', 'this shell, and what started it'],
    ['brood tree -o pid,memory.pss 4711', 'with other fields'],
  ]);
  command.action(show);
}
