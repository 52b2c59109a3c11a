/** The screen of `brood top`: exactly as many lines as it has, none wider than it is. */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';

import { signals, type SignalDescription } from '../../index.ts';
import { columnOf, type FieldPath, type Row } from '../process/fields.ts';
import { style } from '../show/style.ts';
import type { Column } from '../show/table.ts';
import { clean, cut, fit, widthOf } from '../show/text.ts';
import { showDuration } from '../values/duration.ts';
import { showSize } from '../values/number.ts';
import { helpLines } from './help.ts';
import type { Item } from './items.ts';
import { pageOf, type State } from './state.ts';

/** The signals that can be picked: 1 to 31. */
export const pickable: readonly SignalDescription[] = signals.names
  .map((name) => signals.describe(name))
  .filter(({ number }) => number <= 31);

const widths: Readonly<Record<string, number>> = { pid: 7, ppid: 7, state: 1, nice: 4, user: 10 };
const kindWidths = {
  number: 7,
  size: 7,
  time: 9,
  moment: 10,
  percent: 6,
  text: 14,
  group: 14,
} as const;

function widthFor({ path, kind }: FieldPath): number {
  return widths[path] ?? kindWidths[kind];
}

function summary({ rows, items, interval, isPaused }: State): string {
  const running = rows.filter((row) => row['state'] === 'R').length;
  const busy = rows.reduce((sum, { cpu }) => sum + (typeof cpu === 'number' ? cpu : 0), 0);
  const used = totalmem() - freemem();
  const parts = [
    `${items.length} of ${rows.length} processes, ${running} running`,
    `CPU ${busy.toFixed(0)}% of ${availableParallelism() * 100}`,
    `memory ${showSize(used)} of ${showSize(totalmem())}`,
    `load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
    isPaused ? 'PAUSED' : `over ${interval === undefined ? '…' : showDuration(interval)}`,
  ];
  return parts.join('  ');
}

function status(state: State): string {
  const { mode, filter, wrong, message, sort, descending, isTree, followed, tags } = state;
  if (mode === 'filter') {
    const cursor = `/${filter}▏`;
    return wrong === undefined ? cursor : `${cursor} ${style.yellow(wrong)}`;
  }
  if (message !== '') return style.yellow(clean(message));
  const parts = [`sort ${sort} ${descending ? '▼' : '▲'}`];
  if (isTree) parts.push('tree');
  if (filter !== '') parts.push(`filter ${clean(filter)}`);
  if (followed !== undefined) parts.push(`following ${followed.split(' ')[0] ?? ''}`);
  if (tags.size > 0) parts.push(`${tags.size} tagged`);
  return style.dim(parts.join('  '));
}

function titles(state: State): string {
  const cells = state.fields.map((field) => {
    const { title, right } = columnOf(field);
    const marked = field.path === state.sort ? `${title}${state.descending ? '▼' : '▲'}` : title;
    const width = widthFor(field);
    // A narrow column keeps its name where there is no room for the mark.
    return fit(widthOf(marked) <= width ? marked : title, width, right);
  });
  return style.inverse(fit(cut(` ${cells.join(' ')} COMMAND`, state.columns), state.columns));
}

interface Cell {
  readonly column: Column<Row>;
  readonly width: number;
}

function itemLine({ row, key, stem }: Item, cells: readonly Cell[], state: State): string {
  const shown = cells.map(({ column, width }) => fit(clean(column.text(row)), width, column.right));
  const mark = state.tags.has(key) ? '*' : ' ';
  const before = `${mark}${shown.join(' ')} `;
  const command = stem + clean(String(row['commandLine']));
  return fit(cut(before + command, state.columns), state.columns);
}

function painted(line: string, item: Item, index: number, state: State): string {
  if (index === state.at) return style.inverse(line);
  if (state.tags.has(item.key)) return style.yellow(line);
  if (item.row['state'] === 'R') return style.green(line);
  return item.row['kernelThread'] === true ? style.dim(line) : line;
}

function listLines(state: State): string[] {
  const cells = state.fields.map((field) => ({
    column: columnOf(field),
    width: widthFor(field),
  }));
  const shown = state.items.slice(state.top, state.top + pageOf(state));
  return shown.map((item, index) =>
    painted(itemLine(item, cells, state), item, state.top + index, state),
  );
}

function signalLines(state: State): string[] {
  const page = pageOf(state);
  const first = Math.max(0, Math.min(state.signalAt - page + 1, pickable.length - page));
  const top = Math.min(Math.max(first, 0), state.signalAt);
  return pickable.slice(top, top + page).map(({ number, name, description }, index) => {
    const text = cut(
      ` ${String(number).padStart(2)} ${name.padEnd(10)} ${description}`,
      state.columns,
    );
    return top + index === state.signalAt ? style.inverse(text) : text;
  });
}

/** The question before a signal is sent. */
function question(state: State): string {
  const { aimed } = state;
  const names = aimed.map(({ row }) => `${String(row['pid'])} ${clean(String(row['name']))}`);
  const signal = pickable[state.signalAt]?.name ?? '';
  const whom =
    names.length === 1 ? names.join('') : `${aimed.length} processes: ${names.join(', ')}`;
  return `Send ${signal} to ${whom}? y n`;
}

const hints: Readonly<Record<State['mode'], string>> = {
  list: 'h help  / filter  < > sort  t tree  f follow  p pause  Space tag  k signal  Enter details  q quit',
  filter: 'Enter keep  Esc no filter',
  help: 'Esc back',
  signal: 'Up Down choose  Enter take  Esc back',
  confirm: 'y yes  n no',
  details: 'Up Down PgUp PgDn move  Esc back',
};

function body(state: State): string[] {
  const page = pageOf(state);
  switch (state.mode) {
    case 'list':
    case 'filter':
      return [titles(state), ...listLines(state)];
    case 'help':
      return [
        style.bold('KEYS'),
        ...helpLines
          .slice(state.detailsTop, state.detailsTop + page)
          .map((line) => cut(line, state.columns)),
      ];
    case 'signal':
      return [style.bold('SIGNAL'), ...signalLines(state)];
    case 'confirm':
      return [style.bold(cut(question(state), state.columns))];
    case 'details': {
      const { title, lines } = state.details;
      return [
        style.bold(cut(clean(title), state.columns)),
        ...lines.slice(state.detailsTop, state.detailsTop + page),
      ];
    }
  }
}

/** The lines of the screen, from its top to its bottom. */
export function screenLines(state: State): string[] {
  const { columns, lines } = state;
  const above = [style.bold(cut(summary(state), columns)), status(state), ...body(state)];
  const missing = Math.max(0, lines - 1 - above.length);
  const blank = Array.from({ length: missing }, () => '');
  return [...above.slice(0, lines - 1), ...blank, style.dim(cut(hints[state.mode], columns))];
}
