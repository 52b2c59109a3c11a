/** What `brood top` says of its keys; keys.ts has what they do. */

/** The help, line by line. */
export const helpLines: readonly string[] = [
  'Up Down PgUp PgDn Home End   move the cursor',
  'Enter        details: descriptors with their other ends, memory, signals, environment',
  '/            filter while you type: a word, or a query as in  cpu > 5 and user = root',
  'Esc          back; in the list: no filter',
  't            as a tree, or flat',
  '< >          sort by the column before or after; r  the other way round',
  'P M T N      sort by processor, memory, time, number',
  'p            pause, and go on',
  'f            follow the process under the cursor, wherever it goes',
  'Space u      tag a process; take all tags away',
  'k            send a signal to those with a tag, or to the one under the cursor',
  'K            hide or show the threads of the kernel',
  'h ?          this help',
  'q Ctrl-C     the end',
  '',
  'CPU% is the share of one processor over the time between two looks, so it may be more than 100.',
];
