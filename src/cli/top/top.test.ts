import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Key } from 'ink';

import { parseFields, type Row } from '../process/fields.ts';
import { parseQuery } from '../process/query.ts';
import { effectOf } from './keys.ts';
import { reduce, type State } from './state.ts';
import { screenLines } from './view.ts';

const noKey: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

const start: State = {
  mode: 'list',
  columns: 60,
  lines: 9,
  rows: [],
  interval: undefined,
  items: [],
  at: 0,
  top: 0,
  fields: parseFields('pid,user,state,cpu,rss'),
  sort: 'cpu',
  descending: true,
  isTree: false,
  isPaused: false,
  hidesKernel: false,
  followed: undefined,
  tags: new Set(),
  filter: '',
  query: parseQuery(''),
  wrong: undefined,
  aimed: [],
  signalAt: 14,
  message: '',
  details: { title: '', lines: [] },
  detailsTop: 0,
};

function row(pid: number, ppid: number, cpu: number, name: string): Row {
  const user = pid < 10 ? 'root' : 'hen';
  const rss = pid * 2 ** 20;
  const commandLine = `/bin/${name} --pid`;
  const state = cpu > 5 ? 'R' : 'S';
  return {
    pid,
    ppid,
    cpu,
    name,
    user,
    rss,
    commandLine,
    state,
    startTicks: pid,
    kernelThread: false,
  };
}

const rows = [
  row(1, 0, 0, 'init'),
  row(7, 1, 3, 'nest'),
  row(20, 7, 9, 'egg'),
  row(30, 1, 1, 'hen'),
];
const seen = reduce(start, { type: 'looked', rows, interval: 1000 });

/** The state after these keys: a name of ink's, or a character. */
function press(state: State, ...keys: readonly string[]): State {
  let now = state;
  for (const key of keys) {
    const isName = key in noKey;
    const { actions } = effectOf(
      now,
      isName ? '' : key,
      isName ? { ...noKey, [key]: true } : noKey,
    );
    for (const action of actions) now = reduce(now, action);
  }
  return now;
}

const pids = ({ items }: State): unknown[] => items.map((item) => item.row['pid']);
/** The screen without the line of numbers of this machine. */
const screen = (state: State): string => screenLines(state).slice(1).join('\n');

test('the list, as a tree too', () => {
  assert.equal(
    screen(seen),
    `sort cpu ▼
     PID USER       S  CPU%▼     RSS COMMAND                
      20 hen        R    9.0   20 MB /bin/egg --pid         
       7 root       S    3.0  7.0 MB /bin/nest --pid        
      30 hen        S    1.0   30 MB /bin/hen --pid         
       1 root       S    0.0  1.0 MB /bin/init --pid        

h help  / filter  < > sort  t tree  f follow  p pause  Spac…`,
  );
  assert.equal(
    screen(press(seen, 't', 'N', ' ')),
    `sort pid ▲  tree  1 tagged
    PID▲ USER       S   CPU%     RSS COMMAND                
*      1 root       S    0.0  1.0 MB /bin/init --pid        
       7 root       S    3.0  7.0 MB ├─ /bin/nest --pid     
      20 hen        R    9.0   20 MB │  └─ /bin/egg --pid   
      30 hen        S    1.0   30 MB └─ /bin/hen --pid      

h help  / filter  < > sort  t tree  f follow  p pause  Spac…`,
  );
});

test('a filter works while it is typed, and waits where it is not yet a query', () => {
  const word = press(seen, '/', 'e', 'g', 'g');
  assert.deepEqual([word.mode, pids(word)], ['filter', [20]]);
  const half = press(seen, '/', 'cpu > 2', ' and');
  assert.deepEqual(pids(half), [20, 7]);
  assert.match(screen(half), /^\/cpu > 2 and▏ the query .* is wrong at character/);
  const whole = press(half, ' user = root', 'return');
  assert.deepEqual([whole.mode, pids(whole)], ['list', [7]]);
  assert.match(screen(whole), /filter cpu > 2 and user = root/);
  assert.deepEqual(pids(press(whole, 'escape')), [20, 7, 30, 1]);
});

test('the order goes by any column, both ways', () => {
  assert.deepEqual(pids(press(seen, 'M')), [30, 20, 7, 1]);
  assert.deepEqual(pids(press(seen, 'M', 'r')), [1, 7, 20, 30]);
  const next = press(seen, '>');
  assert.equal(next.sort, 'rss');
  assert.equal(press(next, '<', '<').sort, 'state');
  assert.equal(press(next, '>').sort, 'pid');
});

test('the cursor stays where it is, or on the process that is followed', () => {
  const later = [row(1, 0, 10, 'init'), row(20, 7, 1, 'egg'), row(7, 1, 7, 'nest')];
  const looked = { type: 'looked', rows: later, interval: 1000 } as const;
  assert.equal(reduce(seen, looked).at, 0);
  const followed = reduce(press(seen, 'f'), looked);
  assert.equal(followed.items[followed.at]?.row['pid'], 20);
  const small = reduce(seen, { type: 'resized', columns: 40, lines: 6 });
  const down = press(small, 'downArrow', 'downArrow', 'downArrow', 'downArrow');
  assert.deepEqual([down.at, down.top], [3, 2]);
  assert.deepEqual([press(down, 'home').top, press(down, 'pageUp').at], [0, 1]);
  assert.equal(screenLines(down).length, 6);
});

test('a pause keeps what is seen', () => {
  const paused = press(seen, 'p');
  assert.equal(reduce(paused, { type: 'looked', rows: [], interval: 1 }).items.length, 4);
  assert.match(screenLines(paused)[0] ?? '', /PAUSED|…$/);
});

test('a signal goes to those that were seen when it was chosen, after a question', () => {
  const picking = press(seen, 'k');
  assert.match(screen(picking), /15 SIGTERM/);
  const asked = press(picking, 'upArrow', 'return');
  // Others take the first place meanwhile.
  const later = reduce(asked, { type: 'looked', rows: [row(99, 1, 50, 'other')], interval: 1000 });
  assert.match(screen(later), /Send SIGALRM to 20 egg\? y n/);
  assert.equal(effectOf(later, 'y', noKey).order, 'send');
  assert.equal(effectOf(later, 'n', noKey).order, undefined);
  assert.equal(press(later, 'n').mode, 'list');
  const two = press(seen, ' ', ' ', 'k', 'return');
  assert.match(screen(two), /Send SIGTERM to 2 processes: 7 nest, 20 egg\? y/);
  assert.equal(press(start, 'k').mode, 'list', 'nobody to send one to');
});

test('help and details are read line by line', () => {
  const help = press(seen, 'h');
  assert.match(screen(help), /KEYS\nUp Down/);
  assert.notEqual(screen(press(help, 'downArrow')), screen(help));
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  const details = reduce(press(seen, 'return'), { type: 'details', title: '20 egg', lines });
  assert.match(screen(press(details, 'end')), /line 29\n/);
  assert.equal(press(details, 'escape').mode, 'list');
});

test('names that would move the cursor do not', () => {
  const hostile = row(50, 1, 1, 'x\u001b[2J\n日本語日本語日本語日本語日本語日本語');
  const state = reduce(seen, { type: 'looked', rows: [hostile], interval: 1 });
  for (const line of screenLines(state)) assert.ok(!/\p{Cc}/u.test(line), line);
});
