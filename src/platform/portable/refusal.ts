/** What cannot be had without the addon, said so that the reader knows where it can. */
import { UnsupportedError } from '../../errors.ts';

/** Makes the error for something that only the native platform can do; `kernel` is the oldest that can. */
export type Refuse = (what: string, kernel?: string) => UnsupportedError;

/** `reason`: why this program runs without the addon. */
export function refusal(reason: string): Refuse {
  return (what, kernel) => {
    const version = kernel === undefined ? '' : ` ${kernel} or later`;
    return new UnsupportedError(
      `${what} needs Linux${version} with the addon of brood, which is not in use: ${reason}`,
    );
  };
}
