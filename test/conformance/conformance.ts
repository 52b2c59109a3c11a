/**
 * The behaviours that every platform has, as one suite. A test file runs it in one mode: the platform
 * is chosen by the environment at the first question, so nothing of brood may be asked before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features } from 'brood';

/** How brood is made to work. */
export type Mode = 'native' | 'portable' | 'without pidfd';

const settings: Readonly<Record<Mode, readonly [name: string, value: string] | undefined>> = {
  native: undefined,
  portable: ['BROOD_PLATFORM', 'portable'],
  'without pidfd': ['BROOD_PIDFD', 'off'],
};

/** Registers the suite for one mode. */
export async function conformance(mode: Mode): Promise<void> {
  delete process.env['BROOD_PLATFORM'];
  delete process.env['BROOD_PIDFD'];
  const setting = settings[mode];
  if (setting !== undefined) process.env[setting[0]] = setting[1];

  test(`runs in the mode: ${mode}`, () => {
    const { addon, pidfd } = features();
    assert.equal(addon.available, mode !== 'portable', addon.reason);
    if (mode !== 'native') assert.equal(pidfd.available, false, pidfd.reason);
    if (mode === 'portable') assert.match(addon.reason, /BROOD_PLATFORM=portable/);
    if (mode === 'without pidfd') assert.match(pidfd.reason, /BROOD_PIDFD=off/);
  });
  await import('./starting.ts');
  await import('./ending.ts');
  await import('./running.ts');
}
