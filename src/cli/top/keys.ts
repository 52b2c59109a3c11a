/** What the keys of `brood top` do; help.ts says so to the user. */
import type { Key } from 'ink';

import { type Action, pageOf, type State } from './state.ts';

/** What a key asks of the program itself. */
export type Order = 'quit' | 'details' | 'send';

/** What a key does: changes of the state, and an order to the program. */
export interface Effect {
  readonly actions: readonly Action[];
  readonly order?: Order;
}

const nothing: Effect = { actions: [] };

const toMode = (mode: State['mode']): Effect => ({ actions: [{ type: 'mode', mode }] });

const letters: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ['q', { actions: [], order: 'quit' }],
  ['h', toMode('help')],
  ['?', toMode('help')],
  ['/', toMode('filter')],
  ['k', toMode('signal')],
  ['t', { actions: [{ type: 'toggle', what: 'tree' }] }],
  ['p', { actions: [{ type: 'toggle', what: 'paused' }] }],
  ['f', { actions: [{ type: 'toggle', what: 'followed' }] }],
  ['r', { actions: [{ type: 'toggle', what: 'order' }] }],
  ['K', { actions: [{ type: 'toggle', what: 'kernel' }] }],
  ['<', { actions: [{ type: 'sortNext', by: -1 }] }],
  ['>', { actions: [{ type: 'sortNext', by: 1 }] }],
  ['P', { actions: [{ type: 'sort', path: 'cpu' }] }],
  ['M', { actions: [{ type: 'sort', path: 'rss' }] }],
  ['T', { actions: [{ type: 'sort', path: 'cpuTime' }] }],
  ['N', { actions: [{ type: 'sort', path: 'pid' }] }],
  [' ', { actions: [{ type: 'tag' }] }],
  ['u', { actions: [{ type: 'untag' }] }],
]);

/** Keys that move, in every mode that has something to move in. */
function moveOf(key: Key, state: State): number | undefined {
  if (key.upArrow) return -1;
  if (key.downArrow) return 1;
  if (key.pageUp) return -pageOf(state);
  if (key.pageDown) return pageOf(state);
  if (key.home) return -Infinity;
  return key.end ? Infinity : undefined;
}

const filter = (text: string): Effect => ({ actions: [{ type: 'filter', text }] });

function typed(state: State, input: string, key: Key): Effect {
  if (key.return) return toMode('list');
  if (key.escape)
    return {
      actions: [
        { type: 'filter', text: '' },
        { type: 'mode', mode: 'list' },
      ],
    };
  if (key.backspace || key.delete) return filter(state.filter.slice(0, -1));
  if (key.ctrl && input === 'u') return filter('');
  // Pasted text arrives as one piece.
  return input === '' || key.ctrl || key.meta ? nothing : filter(state.filter + input);
}

function inList(input: string, key: Key): Effect {
  if (key.return) return { actions: [{ type: 'mode', mode: 'details' }], order: 'details' };
  if (key.escape) return { actions: [{ type: 'filter', text: '' }] };
  return letters.get(input) ?? nothing;
}

/** What a key does at the moment. */
export function effectOf(state: State, input: string, key: Key): Effect {
  if (key.ctrl && input === 'c') return { actions: [], order: 'quit' };
  if (state.mode === 'filter' && !key.upArrow && !key.downArrow) return typed(state, input, key);
  const by = moveOf(key, state);
  if (by !== undefined) return { actions: [{ type: 'moved', by }] };
  const isBack = key.escape || input === 'q';
  switch (state.mode) {
    case 'list':
    case 'filter':
      return inList(input, key);
    case 'help':
    case 'details':
      return isBack || input === 'h' || input === '?' ? toMode('list') : nothing;
    case 'signal':
      if (key.return) return toMode('confirm');
      return isBack ? toMode('list') : nothing;
    case 'confirm':
      if (input === 'y') return { actions: [{ type: 'mode', mode: 'list' }], order: 'send' };
      return isBack || input === 'n' ? toMode('list') : nothing;
  }
}
