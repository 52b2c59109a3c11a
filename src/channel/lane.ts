/** Which of a wire's messages are those of a channel. */

/** The kinds of a wire's messages that a channel uses. */
export interface Lane {
  readonly message: number;
  readonly credit: number;
  /** Something that is to be answered; the answer; that nobody wants it any more. */
  readonly request: number;
  readonly reply: number;
  readonly cancel: number;
}
