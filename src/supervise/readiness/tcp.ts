/** Whether a TCP port takes connections. */
import { connect } from 'node:net';

/** Resolves when it did, and rejects when it did not before `signal` was aborted. */
export function askTcp(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const stop = (): void => {
      socket.destroy();
      reject(new Error(`no connection to port ${port} of ${host} in time`));
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
