/** This process becomes brood-init: nothing depends on JavaScript from there on. */
import { planSpawn, type Dialect } from '../create/spawn-options.ts';
import { invalidType } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { checkFds, type InitCommandOptions, initArguments } from './options.ts';

const dialect: Dialect = { names: new Set(['fds']), stdin: 'inherit', others: 'inherit' };

/** Replaces this program by brood-init with that command; returns only by throwing. */
export function becomeInit(options: InitCommandOptions): never {
  const { command } = options;
  if (!Array.isArray(command) || command.length === 0) {
    throw invalidType('options.command', 'an array: a program and its arguments', command);
  }
  // Checked like any other command, so that a mistake is told from here.
  planSpawn(command[0], command.slice(1), undefined, dialect);
  const args = [...initArguments(options), '--', ...command];
  const fds = checkFds(options.fds);
  const { request } = planSpawn(platform().initProgram(), args, { fds }, dialect);
  return platform().exec({ ...request, argv: ['brood-init', ...args], holdSignals: true });
}
