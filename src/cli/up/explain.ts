/** What is wrong with a service, in the words of the configuration that it stands in. */
import { Supervisor, type SupervisorOptions } from '../../supervise.ts';
import { Misuse } from '../failure.ts';
import type { LoadedConfig } from './config-file.ts';

/** Checks the options, and then goes on. @throws Misuse that names file, line and field. */
export async function explained<T>(
  loaded: LoadedConfig,
  options: SupervisorOptions,
  next: () => Promise<T>,
): Promise<T> {
  try {
    // It checks everything when it is made, and starts nothing.
    new Supervisor(options).done.catch(() => undefined);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw inPlace(error, loaded, options);
  }
  return next();
}

function inPlace(error: Error, { place }: LoadedConfig, { children }: SupervisorOptions): Misuse {
  const nothing = 'Nothing was started.';
  const [, index, rest = ''] = /"children\[(\d+)\]\.?([^"]*)"/.exec(error.message) ?? [];
  const name = children[Number(index)]?.name;
  if (index === undefined || name === undefined) {
    const [, field = ''] = /"options\.([^"]*)"/.exec(error.message) ?? [];
    return new Misuse(`${place(field.split('.'))}: ${error.message}`, nothing);
  }
  const path = ['services', name, ...rest.split(/[.[\]]+/).filter(Boolean)];
  const message = error.message.replace(
    /"children\[\d+\]\.?/,
    `"services.${name}${rest === '' ? '' : '.'}`,
  );
  return new Misuse(`${place(path)}: ${message}`, nothing);
}
