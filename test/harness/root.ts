import { fileURLToPath } from 'node:url';

/** The folder of package.json; the harness is compiled into build/test/harness. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));
