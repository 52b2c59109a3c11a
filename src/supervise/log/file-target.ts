/** A file that is appended to. */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What can be written to, and closed. */
export interface LogTarget {
  /** Resolves when all of it is written; rejects with how much of it was (`written`), as far as known. */
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** A write that failed, after so many bytes of it. */
export class WriteFailure extends Error {
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.written = written;
  }
}

/** Opens a file for appending, and makes its folder. */
export async function openFile(path: string): Promise<LogTarget> {
  let file: FileHandle;
  try {
    file = await open(path, 'a');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    file = await open(path, 'a');
  }
  return {
    async write(bytes) {
      let written = 0;
      try {
        // A full disk takes a part first, and refuses the rest then.
        while (written < bytes.length) {
          written += (await file.write(bytes, written)).bytesWritten;
        }
      } catch (error) {
        throw new WriteFailure(written, error);
      }
    },
    close: () => file.close(),
  };
}
