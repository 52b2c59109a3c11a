/**
 * Builds, then runs every test file in a process of its own and looks for what it left behind.
 *
 *     node scripts/test.mjs [part of a path …] [options]      (see scripts/test/options.mjs)
 *
 * Says a line only for a file that failed (every file with --verbose), and last, on a line of its
 * own, how many tests passed and failed.
 */
import { build } from './test/build.mjs';
import { testFiles } from './test/files.mjs';
import { startLoad } from './test/load.mjs';
import { readOptions } from './test/options.mjs';
import { reportFile, reportSummary } from './test/report.mjs';
import { runFiles } from './test/run-files.mjs';

const options = readOptions(process.argv.slice(2));
if (options.build && !build()) process.exit(1);

const files = testFiles(options.filters);
const stopLoad = options.load ? startLoad() : () => {};
const started = performance.now();
const outcomes = await runFiles(files, options, (outcome) => reportFile(outcome, options));
stopLoad();
const ok = reportSummary(outcomes, performance.now() - started);
process.exitCode = ok ? 0 : 1;
