/** Processes as lines: in a row, or as a tree. */
import type { Row } from '../process/fields.ts';

/** A line of the list. */
export interface Item {
  readonly row: Row;
  /** The identity of the process: its pid, and when it started. */
  readonly key: string;
  /** What is drawn before its command, in a tree. */
  readonly stem: string;
}

/** The identity of a process, as text. */
function keyOf(row: Row): string {
  return `${String(row['pid'])} ${String(row['startTicks'])}`;
}

/** The rows as they come; or each below its parent, and siblings as they come. */
export function itemsOf(rows: readonly Row[], isTree: boolean): Item[] {
  if (!isTree) return rows.map((row) => ({ row, key: keyOf(row), stem: '' }));
  const present = new Set(rows.map((row) => row['pid']));
  const children = new Map<unknown, Row[]>();
  const roots: Row[] = [];
  for (const row of rows) {
    const { pid, ppid } = row;
    const siblings = present.has(ppid) && ppid !== pid ? children.get(ppid) : roots;
    if (siblings === undefined) children.set(ppid, [row]);
    else siblings.push(row);
  }
  const items: Item[] = [];
  const work = roots.map((row) => [row, '', ''] as [Row, string, string]).toReversed();
  // Without recursion, and each once: the rows are of several moments, and may make no tree.
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [row, stem, below] = next;
    items.push({ row, key: keyOf(row), stem });
    const inner = children.get(row['pid']) ?? [];
    children.delete(row['pid']);
    for (const [index, child] of [...inner.entries()].toReversed()) {
      const isLast = index === inner.length - 1;
      work.push([child, below + (isLast ? '└─ ' : '├─ '), below + (isLast ? '   ' : '│  ')]);
    }
  }
  return items;
}
