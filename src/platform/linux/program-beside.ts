import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { UnsupportedError } from '../../errors.ts';

/** The path of a native program that is shipped beside the addon. */
export function programBeside(addonPath: string, name: string): string {
  const path = join(dirname(addonPath), name);
  if (existsSync(path)) return path;
  throw new UnsupportedError(`there is no ${name} beside the addon (${dirname(addonPath)})`);
}
