/** Tables: as wide as their cells, cut to the terminal where there is one, never cut in a pipe. */
import { type Style } from './style.ts';
import { clean, fit, widthOf } from './text.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right?: boolean | undefined;
  readonly text: (row: Row) => string;
  /** Colours for the cell, after it was cut and filled up. */
  readonly paint?: ((cell: string, row: Row, style: Style) => string) | undefined;
}

/** How a table is shown. */
export interface TableOptions {
  /** Columns of the terminal; undefined: as many as it takes. */
  readonly width: number | undefined;
  readonly header: boolean;
  readonly style: Style;
}

const gap = '  ';
/** What a column is not made narrower than, but for its own title and cells. */
const least = 8;

/** Columns of the terminal that our output goes to; undefined where it goes elsewhere. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
}

/** Takes what is too much from the last column first, and then from the widest ones. */
function narrowed(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const shrink = (index: number): void => {
    const excess = total(widths) - width;
    if (excess <= 0) return;
    const now = widths[index] as number;
    widths[index] = Math.max(Math.min(now, least), now - excess);
  };
  shrink(widths.length - 1);
  const widest = [...widths.keys()].toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
  for (const index of widest) shrink(index);
  return widths;
}

/** The widths that the columns get. */
function layOut<Row>(
  cells: readonly (readonly string[])[],
  columns: readonly Column<Row>[],
  { width, header }: TableOptions,
): number[] {
  const natural = columns.map((column, index) => {
    let most = header ? widthOf(column.title) : 0;
    for (const row of cells) most = Math.max(most, widthOf(row[index] as string));
    return most;
  });
  return width === undefined ? natural : narrowed(natural, width);
}

/** The lines of a table, each without spaces at its end. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string[] {
  const cells = rows.map((row) => columns.map((column) => clean(column.text(row))));
  const widths = layOut(cells, columns, options);
  const join = (line: readonly string[], paint?: (cell: string, index: number) => string): string =>
    line
      .map((cell, index) => {
        const { right } = columns[index] as Column<Row>;
        const last = index === line.length - 1 && right !== true;
        const fitted = fit(cell, widths[index] as number, right);
        const shown = last ? fitted.trimEnd() : fitted;
        return paint === undefined ? shown : paint(shown, index);
      })
      .join(gap)
      .trimEnd();
  const lines = rows.map((row, i) =>
    join(cells[i] as string[], (cell, index) => {
      const { paint } = columns[index] as Column<Row>;
      return paint === undefined ? cell : paint(cell, row, options.style);
    }),
  );
  if (!options.header) return lines;
  const titles = join(columns.map(({ title }) => title));
  return [options.style.bold(titles), ...lines];
}
