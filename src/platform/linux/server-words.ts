/** What a fork server, the program and a child of the server say to each other. */
import type { NativeAttributes } from '../binding.ts';

/** The answers of a server: each is a header of two numbers of 32 bits, a kind and a value. */
export const answers = {
  /** It serves (native/fork_server.cc). */
  serving: 1,
  /** A child; the value is its pid, and descriptors come along: its socket, its pidfd. */
  forked: 2,
  /** There is no child; the value is the errno. */
  notForked: 3,
  /** It imports the module of that number. */
  importing: 4,
  /** It cannot serve; so many bytes of a ServerFailure in JSON follow. */
  failed: 5,
} as const;

export const headerBytes = 8;

/** The descriptor of the server that leads to the program. Those from 3 up to it are taken, too. */
export const channelOfServer = 64;

/** What a child is to become: JSON, after four bytes with its length. Descriptors come along. */
export interface SetUp {
  readonly parent: number;
  readonly cwd: string;
  readonly env: readonly string[];
  /** Pairs of a number in the child, and the place among the descriptors that came along. */
  readonly descriptors: readonly number[];
  readonly attributes: NativeAttributes;
  /** It is to take the place of the one that forked it. */
  readonly serves?: boolean;
}

/** Why a child could not be set up, from it: as the native failure of a start. */
export interface SetUpFailure {
  readonly stage: number;
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;
}

/** A length, and so many bytes of JSON. */
export function framed(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
  bytes.writeInt32LE(bytes.length - 4, 0);
  bytes.write(text, 4);
  return bytes;
}
