/** Checks the options of a supervisor; nothing is started before all is well. */
import { invalidType, invalidValue } from '../errors.ts';
import type { BackoffPlan } from './backoff.ts';
import { checkChild } from './check-child.ts';
import { checkMs, checkNumber, checkObject, checkWord } from './check.ts';
import type { CheckedChild } from './checked-child.ts';
import type { BackoffOptions, SupervisorOptions } from './child-spec.ts';
import { checkLog } from './log/check-log.ts';
import { startOrder } from './order.ts';
import type { Strategy } from './strategy.ts';

/** Options with every default filled in. */
export interface CheckedOptions {
  readonly children: readonly CheckedChild[];
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly period: number;
  readonly backoff: BackoffPlan;
}

/** Checks {@link SupervisorOptions}. `field`: where they stand. */
export function checkOptions(options: SupervisorOptions, field = 'options'): CheckedOptions {
  checkObject(options, field, ['children', 'strategy', 'intensity', 'period', 'backoff', 'log']);
  const inside = field === 'options' ? '' : `${field}.`;
  return {
    children: checkChildren(options, `${inside}children`),
    strategy: checkWord(
      options.strategy,
      `${field}.strategy`,
      ['one-for-one', 'one-for-all', 'rest-for-one'],
      'one-for-one',
    ),
    intensity: checkNumber(
      options.intensity,
      `${field}.intensity`,
      { from: 0, to: Infinity, whole: true },
      5,
    ),
    period: checkMs(options.period, `${field}.period`, 10_000),
    backoff: checkBackoff(options.backoff, `${field}.backoff`),
  };
}

function checkChildren(options: SupervisorOptions, field: string): readonly CheckedChild[] {
  const { children } = options;
  if (!Array.isArray(children)) throw invalidType(field, 'an array', children);
  if (children.length === 0) throw invalidValue(field, children, 'must not be empty');
  const log = checkLog(options.log ?? {}, 'options.log');
  const checked = children.map((child: SupervisorOptions['children'][number], index) => {
    const found = checkChild(child, `${field}[${index}]`, log);
    // The children of a child are checked before anything is started, too.
    if (found.work.kind === 'supervisor') {
      checkOptions(found.work.options, `${field}[${index}].supervisor`);
    }
    return found;
  });
  checkNames(checked, field);
  startOrder(checked);
  return checked;
}

function checkNames(children: readonly CheckedChild[], field: string): void {
  const names = children.map(({ name }) => name);
  for (const [index, { name, dependsOn }] of children.entries()) {
    if (names.indexOf(name) !== index) {
      throw invalidValue(`${field}[${index}].name`, name, 'is that of another child already');
    }
    for (const [place, needed] of dependsOn.entries()) {
      if (names.includes(needed)) continue;
      const known = names.filter((each) => each !== name).join(', ');
      throw invalidValue(
        `${field}[${index}].dependsOn[${place}]`,
        needed,
        `is no child; there are ${known === '' ? 'no others' : known}`,
      );
    }
  }
}

function checkBackoff(backoff: BackoffOptions | undefined, field: string): BackoffPlan {
  const given: BackoffOptions =
    backoff === undefined ? {} : checkObject(backoff, field, ['min', 'max', 'factor', 'jitter']);
  const min = checkMs(given.min, `${field}.min`, 100);
  const max = checkMs(given.max, `${field}.max`, Math.max(min, 30_000));
  if (max < min) throw invalidValue(`${field}.max`, max, `must not be less than ${field}.min`);
  return {
    min,
    max,
    factor: checkNumber(given.factor, `${field}.factor`, { from: 1, to: 100 }, 2),
    jitter: checkNumber(given.jitter, `${field}.jitter`, { from: 0, to: 1 }, 0.5),
  };
}
