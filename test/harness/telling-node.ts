/** Code in a fresh Node that tells what it saw, one JSON value a line. */
import type { NodeOptions } from './fixture.ts';
import { inNode } from './in-node.ts';

/** What a Node printed with `tell`, and how it ended. */
export interface Told {
  readonly told: unknown[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const tell = `const tell = (value) => process.stdout.write(JSON.stringify(value) + '\\n');\n`;

/** Runs an ES module given as text, which has the function `tell(value)`. */
export async function tellingNode(code: string, options: NodeOptions = {}): Promise<Told> {
  const { stdout, stderr, code: exitCode, signal } = await inNode(tell + code, options);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const told = lines.map((line) => JSON.parse(line) as unknown);
  return { told, code: exitCode, signal, stderr };
}
