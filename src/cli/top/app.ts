/** `brood top` on the terminal: looks at the processes, listens to the keys, draws the screen. */
import { type Key, render, Text, useApp, useInput, useStdout } from 'ink';
import { createElement, useEffect, useReducer, useRef, type ReactElement } from 'react';

import { ProcessError, type SignalName, signals } from '../../index.ts';
import { inspect, watch } from '../../inspect/index.ts';
import { sectionLines } from '../info/sections.ts';
import { type FieldPath, fieldsOf, parseFields, type Row } from '../process/fields.ts';
import { effectOf, type Order } from './keys.ts';
import { sendToAll } from './sender.ts';
import { type Action, reduce, type State } from './state.ts';
import { pickable, screenLines } from './view.ts';

/** How it begins. */
export interface Start {
  readonly state: State;
  readonly intervalMs: number;
}

const always = 'pid,ppid,name,commandLine,state,kernelThread,startTicks';

/** What has to be read: to show, to sort by, to choose by. */
function neededFields({ fields, sort, query }: State): FieldPath[] {
  return [...parseFields(always), ...fields, ...parseFields(sort), ...query.paths];
}

/** Looks at the processes until it is stopped; anew where other fields are needed. */
function useWatch(state: State, intervalMs: number, dispatch: (action: Action) => void): void {
  const names = fieldsOf(neededFields(state)).toSorted().join(',');
  const { exit } = useApp();
  useEffect(() => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      const fields = fieldsOf(parseFields(names));
      for await (const tick of watch({ fields, interval: intervalMs, signal: stop.signal })) {
        const rows: readonly Row[] = [...tick.processes.values()];
        dispatch({ type: 'looked', rows, interval: tick.interval });
      }
    };
    follow().catch(exit);
    return () => stop.abort();
  }, [names, intervalMs, dispatch, exit]);
}

function useSize(dispatch: (action: Action) => void): void {
  const { stdout } = useStdout();
  useEffect(() => {
    const tell = (): void =>
      dispatch({ type: 'resized', columns: stdout.columns, lines: stdout.rows - 1 });
    stdout.on('resize', tell);
    return () => void stdout.off('resize', tell);
  }, [stdout, dispatch]);
}

/** The anatomy of the process under the cursor. */
async function detailsOf(state: State): Promise<Action> {
  const row = state.items[state.at]?.row;
  if (row === undefined) return { type: 'details', title: 'no process', lines: [] };
  const title = `${String(row['pid'])} ${String(row['commandLine'])}`;
  try {
    const info = await inspect(Number(row['pid']));
    if (info.startTicks === row['startTicks']) {
      return { type: 'details', title, lines: sectionLines(info, false) };
    }
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    return { type: 'details', title, lines: [error.message] };
  }
  return { type: 'details', title, lines: ['it has ended'] };
}

/** A character of several that arrived together, as ink tells of one that arrives alone. */
function keyOf(character: string, key: Key): [input: string, key: Key] {
  if (character === '\r' || character === '\n') return ['', { ...key, return: true }];
  if (character === '\u007f' || character === '\b') return ['', { ...key, backspace: true }];
  return character === '\u001b' ? ['', { ...key, escape: true }] : [character, key];
}

function App({ state: first, intervalMs }: Start): ReactElement {
  const [state, dispatch] = useReducer(reduce, first);
  const { exit } = useApp();
  // A key that comes before the next drawing must find what the one before it did.
  const latest = useRef(state);
  latest.current = state;
  useWatch(state, intervalMs, dispatch);
  useSize(dispatch);

  const obey = (order: Order, now: State): void => {
    if (order === 'quit') exit();
    else if (order === 'details') void detailsOf(now).then(dispatch, exit);
    else {
      const signal = pickable[now.signalAt]?.name ?? 'SIGTERM';
      const told = sendToAll(now.aimed, signal);
      told.then((text) => dispatch({ type: 'message', text }), exit);
    }
  };

  const press = (input: string, key: Key): void => {
    const { actions, order } = effectOf(latest.current, input, key);
    const before = latest.current;
    for (const action of actions) {
      latest.current = reduce(latest.current, action);
      dispatch(action);
    }
    if (order !== undefined) obey(order, before);
  };

  useInput((input, key) => {
    // What is typed fast, or pasted, arrives in one piece.
    if (input.length < 2) press(input, key);
    else for (const character of input) press(...keyOf(character, key));
  });
  return createElement(Text, { wrap: 'truncate' }, screenLines(state).join('\n'));
}

const enter = '\u001b[?1049h\u001b[H\u001b[2J';
const leave = '\u001b[?1049l\u001b[?25h';

/** Shows it until the user has seen enough; the terminal is then as it was before. */
export async function showTop(start: Start): Promise<void> {
  const { stdin, stdout } = process;
  // Before the screen is ours: a key that comes meanwhile would be written onto it.
  stdin.setRawMode(true);
  stdout.write(enter);
  const app = render(createElement(App, start), { exitOnCtrlC: false });
  const stop = (_: SignalName, number: number): void => {
    process.exitCode = 128 + number;
    app.unmount();
  };
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) signals.on(name, stop);
  try {
    await app.waitUntilExit();
  } finally {
    stdout.write(leave);
  }
}
