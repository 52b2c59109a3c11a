/** Whether a page answers. By node:http, because fetch() would bring a client of several megabytes. */
import { get } from 'node:http';

/** Resolves when its status is 200 to 399, and rejects when it is not before `signal` was aborted. */
export function askHttp(url: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      if (statusCode >= 200 && statusCode < 400) resolve();
      else reject(new Error(`${url.href} answered with ${statusCode}`));
    });
    request.once('error', (error) => {
      reject(signal.aborted ? new Error(`no answer from ${url.href} in time`) : error);
    });
  });
}
