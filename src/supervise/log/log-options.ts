/** Where the output of children goes. */

/** When a log file is put aside for a new one. */
export interface Rotation {
  /** When it has so many bytes. */
  readonly size: number;
  /** How many old files are kept, as `name.1` (the youngest) and so on; 5 by default. */
  readonly keep?: number | undefined;
  /** Old files are compressed with gzip. */
  readonly compress?: boolean | undefined;
}

/** What a line looks like: as it came; with the name in front; an object of JSON. */
export type LogFormat = 'plain' | 'prefixed' | 'json';

/** Options of the output of children. */
export interface LogOptions {
  /** To the output and error of this program; true by default unless there is a file. */
  readonly terminal?: boolean | undefined;
  /** A file that lines are appended to; `{name}` and `{instance}` stand for those of the child. */
  readonly file?: string | undefined;
  /** `'prefixed'` by default; in a file `'plain'`. */
  readonly format?: LogFormat | undefined;
  /** Colours for the names; by default where the output is a terminal that takes them. */
  readonly colours?: boolean | undefined;
  /** For `file`. Needs the package rotating-file-stream, an optional dependency of brood. */
  readonly rotate?: Rotation | undefined;
}
