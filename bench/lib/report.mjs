/** What was measured, as Markdown. */

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}

function table({ head, rows }) {
  return [
    line(head),
    line(head.map((_, at) => (at === 0 ? '---' : '--:'))),
    ...rows.map(line),
  ].join('\n');
}

function verdict(met) {
  if (met === undefined) return 'not measured';
  return met ? 'met' : '**not met**';
}

/** One part of the report. */
export function sectionText({ title, text, tables }) {
  return [`## ${title}`, ...text, ...tables.map(table)].join('\n\n');
}

/** All targets with what was measured. */
export function targetsText(sections) {
  const targets = sections.flatMap((section) => section.targets);
  const rows = targets.map(({ claim, measured, met }) => [claim, measured, verdict(met)]);
  return table({ head: ['Target', 'Measured', ''], rows });
}

const method = `## Method

- Every contestant is a program of its own that lives through a measurement; neither its start nor its
  first, cold calls are measured. Node, Bun and Deno run the same harness.
- Contestants take turns in rounds (A B C, B C A, …), so what disturbs the machine disturbs all alike.
  Times are medians over rounds. A ratio is the median over the rounds of the ratios within a round, so
  it may differ a little from the quotient of two medians: trust ratios, not milliseconds.
- Each result is checked: exit codes, numbers of bytes, statuses.
- The C floor is a loop of \`posix_spawn\` and \`waitpid\` in a static program of a few pages, with
  /dev/null opened once.

## Traps

- \`fork\` copies page tables, so its cost grows with what the parent holds: a benchmark in an empty
  program flatters it. Buffers that nobody wrote to cost nothing: each page must be touched. Transparent
  huge pages ("always") make large Buffers cheaper to fork.
- /bin/true is a dynamic program: most of the floor is the kernel and the linker starting *it*. The
  part of a library is what lies above the floor.
- A call that returns at once has not started anything yet, and one that blocks in the kernel uses no
  CPU: the time the event loop is blocked is neither the time of the call nor CPU time.
- A start wakes a thread of the pool. Where every core is busy, that thread may take the place of the loop:
  on a machine that is not quiet, the blocked time has the scheduler in it.
- \`head -c\` as a writer, or a shell in between, is what one measures then.
- Node's \`stdio: 'pipe'\` is a socket pair with other buffers than a pipe; capture compares what each
  library does by itself.
- A latency of waits measured by the killer has the way of the signal in it; here the dying process
  notes the time. With all ended at once, the order of the queue is measured, not a latency.
- Two cores: parent, child and writer share them. With more cores the ratios grow.`;

/** docs/performance.md. */
export function documentText(sections, { machineRows, remarks }) {
  const parts = [
    '# Performance',
    'Written by `bench/`: `cd bench && npm ci && npm run bench`. Do not edit.',
    ...remarks,
    '## Targets',
    targetsText(sections),
    ...sections.map(sectionText),
    method,
    '## Machine',
    table({ head: ['', ''], rows: machineRows }),
  ];
  return `${parts.join('\n\n')}\n`;
}
