/** A configuration as text: its value, and the line of each field. */
import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';

import { Misuse } from '../failure.ts';

type Path = readonly (string | number)[];

/** What was read. */
export interface ParsedText {
  readonly value: unknown;
  /** The line of a field, or of what is nearest around it. */
  readonly line: (path: Path) => number;
}

/** Reads YAML, or JSON, which is YAML too. @throws Misuse that names file and line. */
export function parseText(text: string, file: string): ParsedText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = counter.linePos(error.pos[0]);
    throw new Misuse(`${file}:${line}:${col}: ${error.message}`, 'Nothing was started.');
  }
  return {
    value: document.toJS() as unknown,
    line: (path) => counter.linePos(offsetOf(document, path)).line,
  };
}

function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => String(each.key) === String(key));
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      break;
    }
  }
  return offset;
}
