/** The side of those who ask `brood up`. */
import { connect } from 'node:net';

import { ProcessError } from '../../../index.ts';
import { runtimeFolder } from '../folder.ts';
import { encode, LineReader, protocolVersion, type Answer, type Question } from './protocol.ts';

/** What is asked, without what every question has. */
export type Request = Omit<Question, 'brood' | 'id'>;

/** Its answers are longer than questions may be. */
const longestAnswer = 64 * 1024 * 1024;

/**
 * Asks the `brood up` of a project, and resolves with the result; `item` is called with each part that
 * comes before. @throws ProcessError when none runs, or it refuses.
 */
export function ask(
  project: string,
  request: Request,
  item: (item: unknown) => void = () => {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(runtimeFolder(project).socket);
    const reader = new LineReader(longestAnswer);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const take = (answer: Answer): void => {
      if (answer.error !== undefined) {
        const { message, code } = answer.error;
        fail(new ProcessError(message, { code }));
      } else if (answer.done === true) {
        socket.destroy();
        resolve(answer.result);
      } else {
        item(answer.item);
      }
    };
    socket.once('connect', () =>
      socket.write(encode({ brood: protocolVersion, id: 1, ...request })),
    );
    socket.once('error', (error: NodeJS.ErrnoException) => fail(explained(error)));
    // After the answer this changes nothing any more.
    socket.once('close', () => reject(notRunning('it ended before it had answered', undefined)));
    socket.setEncoding('utf8').on('data', (text: string) => {
      try {
        for (const line of reader.push(text)) take(JSON.parse(line) as Answer);
      } catch (error) {
        fail(error as Error);
      }
    });
  });
}

function explained(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return notRunning('brood up does not run in this folder', error);
  }
  return error;
}

function notRunning(message: string, cause: unknown): ProcessError {
  return new ProcessError(message, { code: 'ERR_NOT_UP', cause });
}
