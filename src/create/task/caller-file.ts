/** Where a call came from. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The file: URL of the file whose code called `callee`: imports of a function that is sent as text
 * start from there. A file of that name in the working directory where there is none (`node -e`).
 */
// oxlint-disable-next-line typescript/no-unsafe-function-type -- any function can be left out of a stack
export function callerFile(callee: Function): string {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was
  const { prepareStackTrace, stackTraceLimit } = Error;
  let name: string | null | undefined;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    name = (holder.stack as NodeJS.CallSite[])[0]?.getFileName();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
  if (name?.startsWith('file:') === true) return pathToFileURL(fileURLToPath(name)).href;
  if (name?.startsWith('/') === true) return pathToFileURL(name).href;
  return pathToFileURL(join(process.cwd(), '[task]')).href;
}
