import { stat, until } from './proc.ts';

/**
 * Waits until a program that does nothing but sleep does so: before, its loader still opens and closes
 * libraries.
 */
export async function asleep(pid: number): Promise<void> {
  await until(() => stat(pid)?.state === 'S', `process ${pid} to be asleep`);
}
