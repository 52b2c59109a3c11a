/** What the command line of scripts/test.mjs can say. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const usage = `node scripts/test.mjs [part of a path …] [options]
  --no-build        run what is built
  --concurrency N   files at a time (default: the number of cores)
  --repeat N        run every file N times
  --retries N       run a file that failed again, alone and at the end, up to N times
  --load            keep every core busy meanwhile
  --verbose         a line for every file
`;

function count(text, name, least) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${name} must be a whole number from ${least}, not ${text}\n${usage}`);
  process.exit(2);
}

export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'no-build': { type: 'boolean', default: false },
      concurrency: { type: 'string', default: String(availableParallelism()) },
      repeat: { type: 'string', default: '1' },
      retries: { type: 'string', default: '0' },
      load: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return {
    filters: positionals,
    build: !values['no-build'],
    concurrency: count(values.concurrency, 'concurrency', 1),
    repeat: count(values.repeat, 'repeat', 1),
    retries: count(values.retries, 'retries', 0),
    load: values.load,
    verbose: values.verbose,
  };
}
