/** Checks where the output of children goes. */
import { invalidValue } from '../../errors.ts';
import { checkBoolean, checkNumber, checkObject, checkString, checkWord } from '../check.ts';
import type { LogOptions, Rotation } from './log-options.ts';

/** Checks {@link LogOptions}. */
export function checkLog(log: LogOptions | false, field: string): LogOptions | false {
  if (log === false) return false;
  checkObject(log, field, ['terminal', 'file', 'format', 'colours', 'rotate']);
  checkBoolean(log.terminal, `${field}.terminal`, true);
  checkBoolean(log.colours, `${field}.colours`, false);
  checkWord(log.format, `${field}.format`, ['plain', 'prefixed', 'json'], 'plain');
  if (log.file !== undefined) checkFile(log.file, `${field}.file`);
  if (log.rotate !== undefined) checkRotation(log.rotate, `${field}.rotate`);
  if (log.rotate !== undefined && log.file === undefined) {
    throw invalidValue(`${field}.rotate`, log.rotate, `needs ${field}.file`);
  }
  return log;
}

function checkFile(file: string, field: string): void {
  checkString(file, field);
  for (const [whole, name] of file.matchAll(/\{(.*?)\}/g)) {
    if (name !== 'name' && name !== 'instance') {
      throw invalidValue(field, file, `must not have ${whole}: {name} and {instance} are known`);
    }
  }
}

function checkRotation(rotate: Rotation, field: string): void {
  checkObject(rotate, field, ['size', 'keep', 'compress']);
  const sizes = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true };
  if (checkNumber(rotate.size, `${field}.size`, sizes, undefined) === undefined) {
    throw invalidValue(`${field}.size`, rotate.size, 'must be given');
  }
  checkNumber(rotate.keep, `${field}.keep`, { from: 1, to: 1000, whole: true }, 5);
  checkBoolean(rotate.compress, `${field}.compress`, false);
}
