/** What a run of the tests says. */

function indent(text) {
  return text.replaceAll(/^/gm, '    ');
}

function describe(outcome) {
  return `${outcome.file} (${outcome.passed} passed, ${Math.round(outcome.ms)} ms)`;
}

/** A line for the file if it was asked for, and everything that is known if it failed. */
export function reportFile(outcome, { verbose }) {
  if (outcome.ok) {
    if (verbose) console.log(`ok   ${describe(outcome)}`);
    return;
  }
  console.log(`FAIL ${describe(outcome)}`);
  for (const failure of outcome.failures) console.log(indent(failure));
  if (outcome.log.length > 0) console.log(indent(`it printed:\n${outcome.log.join('\n')}`));
}

/** Prints the closing lines; whether nothing failed. */
export function reportSummary(outcomes, ms) {
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  for (const { file, unsteady } of outcomes.filter((outcome) => outcome.unsteady !== undefined)) {
    console.log(`unsteady: ${file} failed at first and passed when it ran again, alone`);
    for (const failure of unsteady.failures) console.log(indent(failure));
  }
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  console.log(
    `${outcomes.length} files in ${(ms / 1000).toFixed(1)} s with Node ${process.version}`,
  );
  if (outcomes.length === 0) console.log('no test file has that in its path');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 && passed > 0;
}
