/** What `brood top` knows and shows at a moment, and how keys and looks at the processes change it. */
import { Misuse } from '../failure.ts';
import { type FieldPath, orderBy, type Row } from '../process/fields.ts';
import { parseQuery, type Query } from '../process/query.ts';
import { helpLines } from './help.ts';
import { type Item, itemsOf } from './items.ts';

/** What the keys are for at the moment. */
type Mode = 'list' | 'filter' | 'help' | 'signal' | 'confirm' | 'details';

/** Everything that is on the screen, or decides what is. */
export interface State {
  readonly mode: Mode;
  readonly columns: number;
  readonly lines: number;
  /** All processes of the last look. */
  readonly rows: readonly Row[];
  /** ms over which cpu was measured; undefined before the second look. */
  readonly interval: number | undefined;
  /** Those that are chosen, in order. */
  readonly items: readonly Item[];
  /** The item that the cursor is on, and the first one on the screen. */
  readonly at: number;
  readonly top: number;
  readonly fields: readonly FieldPath[];
  readonly sort: string;
  readonly descending: boolean;
  readonly isTree: boolean;
  readonly isPaused: boolean;
  readonly hidesKernel: boolean;
  /** The key of the process that the cursor stays on. */
  readonly followed: string | undefined;
  readonly tags: ReadonlySet<string>;
  readonly filter: string;
  readonly query: Query;
  /** What is wrong with the filter as it is typed. */
  readonly wrong: string | undefined;
  /** The processes that a signal is to go to: they stay these while others come and go below it. */
  readonly aimed: readonly Item[];
  /** The place in the list of signals. */
  readonly signalAt: number;
  readonly message: string;
  readonly details: { readonly title: string; readonly lines: readonly string[] };
  /** The first line of the details, or of the help, on the screen. */
  readonly detailsTop: number;
}

/** What can happen. */
export type Action =
  | {
      readonly type: 'looked';
      readonly rows: readonly Row[];
      readonly interval: number | undefined;
    }
  | { readonly type: 'resized'; readonly columns: number; readonly lines: number }
  | { readonly type: 'moved'; readonly by: number }
  | { readonly type: 'mode'; readonly mode: Mode }
  | { readonly type: 'filter'; readonly text: string }
  | { readonly type: 'sort'; readonly path: string }
  | { readonly type: 'sortNext'; readonly by: 1 | -1 }
  | { readonly type: 'toggle'; readonly what: 'tree' | 'paused' | 'kernel' | 'order' | 'followed' }
  | { readonly type: 'tag' }
  | { readonly type: 'untag' }
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'details'; readonly title: string; readonly lines: readonly string[] };

/** Lines that are no processes: two at the top, the titles, and the keys at the bottom. */
const frame = 4;

/** How many processes fit on the screen. */
export function pageOf({ lines }: Pick<State, 'lines'>): number {
  return Math.max(1, lines - frame);
}

/** How far the cursor can go down in what is shown. */
function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

/** Puts the chosen processes in order, and the cursor on one of them. */
function arranged(state: State): State {
  const { rows, query, sort, descending, isTree, hidesKernel } = state;
  const chosen = rows.filter(
    (row) => (!hidesKernel || row['kernelThread'] !== true) && query.matches(row),
  );
  const items = itemsOf(chosen.toSorted(orderBy(sort, descending)), isTree);
  const { followed } = state;
  const place = followed === undefined ? -1 : items.findIndex(({ key }) => key === followed);
  return onScreen({ ...state, items, at: place >= 0 ? place : state.at });
}

/** The cursor is on a process, and that is on the screen. */
function onScreen(state: State): State {
  const page = pageOf(state);
  const at = clamp(state.at, state.items.length - 1);
  const least = clamp(at - page + 1, at);
  const top = clamp(state.top, Math.max(0, state.items.length - page));
  return { ...state, at, top: Math.max(least, Math.min(top, at)) };
}

function looked(state: State, rows: readonly Row[], interval: number | undefined): State {
  return state.isPaused ? state : arranged({ ...state, rows, interval });
}

function moved(state: State, by: number): State {
  if (state.mode === 'details' || state.mode === 'help') {
    const all = state.mode === 'help' ? helpLines : state.details.lines;
    const most = Math.max(0, all.length - pageOf(state));
    return { ...state, detailsTop: clamp(state.detailsTop + by, most) };
  }
  if (state.mode === 'signal') return { ...state, signalAt: clamp(state.signalAt + by, 30) };
  const next = onScreen({ ...state, at: clamp(state.at + by, state.items.length - 1) });
  // Whoever moves the cursor follows what it is then on.
  const followed = state.followed === undefined ? undefined : next.items[next.at]?.key;
  return { ...next, followed };
}

/** A filter that is still being typed may be no query yet: then the last one that was stays. */
function filtered(state: State, text: string): State {
  try {
    return arranged({ ...state, filter: text, query: parseQuery(text), wrong: undefined });
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    return { ...state, filter: text, wrong: error.message };
  }
}

function sorted(state: State, path: string): State {
  const { kind } = state.fields.find((field) => field.path === path) ?? { kind: 'number' };
  // Of what is used, the most is wanted first; names begin with A.
  const descending = kind === 'percent' || kind === 'size' || kind === 'time';
  return arranged({ ...state, sort: path, descending });
}

function sortedNext(state: State, by: number): State {
  const { fields } = state;
  const now = fields.findIndex(({ path }) => path === state.sort);
  const next = fields[(now + by + fields.length) % fields.length];
  return next === undefined ? state : sorted(state, next.path);
}

function toggled(state: State, what: (Action & { type: 'toggle' })['what']): State {
  switch (what) {
    case 'tree':
      return arranged({ ...state, isTree: !state.isTree });
    case 'paused':
      return { ...state, isPaused: !state.isPaused };
    case 'kernel':
      return arranged({ ...state, hidesKernel: !state.hidesKernel });
    case 'order':
      return arranged({ ...state, descending: !state.descending });
    case 'followed': {
      const key = state.items[state.at]?.key;
      return { ...state, followed: state.followed === undefined ? key : undefined };
    }
  }
}

function tagged(state: State): State {
  const key = state.items[state.at]?.key;
  if (key === undefined) return state;
  const tags = new Set(state.tags);
  if (!tags.delete(key)) tags.add(key);
  return moved({ ...state, tags }, 1);
}

function entered(state: State, mode: Mode): State {
  const aimed = mode === 'signal' ? targetsOf(state) : state.aimed;
  const details = mode === 'details' ? { title: '…', lines: [] } : state.details;
  const clean = { message: '', wrong: undefined, detailsTop: 0 } as const;
  const next: State = { ...state, ...clean, mode, aimed, details };
  // Without a process there is nobody to send a signal to, and nothing to tell of.
  const needsOne = mode === 'signal' || mode === 'details';
  return needsOne && targetsOf(state).length === 0 ? { ...next, mode: 'list' } : next;
}

/** The state after something happened. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'looked':
      return looked(state, action.rows, action.interval);
    case 'resized':
      return onScreen({ ...state, columns: action.columns, lines: action.lines });
    case 'moved':
      return moved(state, action.by);
    case 'mode':
      return entered(state, action.mode);
    case 'filter':
      return filtered(state, action.text);
    case 'sort':
      return sorted(state, action.path);
    case 'sortNext':
      return sortedNext(state, action.by);
    case 'toggle':
      return toggled(state, action.what);
    case 'tag':
      return tagged(state);
    case 'untag':
      return { ...state, tags: new Set() };
    case 'message':
      return { ...state, message: action.text };
    case 'details':
      return { ...state, details: { title: action.title, lines: action.lines } };
  }
}

/** The processes that a signal goes to: those with a tag, or the one that the cursor is on. */
function targetsOf({ rows, tags, items, at }: State): Item[] {
  if (tags.size > 0) return itemsOf(rows, false).filter(({ key }) => tags.has(key));
  const item = items[at];
  return item === undefined ? [] : [item];
}
