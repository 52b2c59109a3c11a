/** What `brood up` answers. */
import type { Supervisor } from '../../../supervise.ts';
import type { Question } from './protocol.ts';
import type { Asker } from './server.ts';

/** What can be reached from outside. */
export interface Controlled {
  readonly supervisor: Supervisor;
  /** Begins the end of it all. */
  readonly stop: () => void;
}

/** Answers one question. @throws what keeps it from being done, as a rejection. */
export async function answer(
  { supervisor, stop }: Controlled,
  question: Question,
  asker: Asker,
): Promise<unknown> {
  const { names = [] } = question;
  switch (question.do) {
    case 'hello':
      return { pid: process.pid };
    case 'status':
      return { pid: process.pid, services: supervisor.status() };
    case 'logs':
      return logs(supervisor, question, asker);
    case 'start':
      return supervisor.startChildren(...allOr(names, supervisor));
    case 'restart':
      return supervisor.restart(...allOr(names, supervisor));
    case 'reload':
      return supervisor.reload(...allOr(names, supervisor));
    case 'stop':
      if (names.length > 0) return supervisor.stopChildren(...names);
      stop();
      await supervisor.done;
      return undefined;
    case 'scale':
      for (const [name, count] of Object.entries(question.scale ?? {})) {
        await supervisor.scale(name, count);
      }
      return undefined;
  }
}

function allOr(names: readonly string[], supervisor: Supervisor): readonly string[] {
  if (names.length > 0) return names;
  return [...new Set(supervisor.status().map(({ name }) => name))];
}

async function logs(
  supervisor: Supervisor,
  { names = [], lines = 100, follow = false }: Question,
  { tell, gone }: Asker,
): Promise<void> {
  // Opened before the last lines are looked at, so that none is missed in between.
  const events = follow ? supervisor.events({ types: ['log'], signal: gone }) : undefined;
  for (const line of supervisor.tail({ names, lines })) tell(line);
  if (events === undefined) return;
  let lost = 0;
  for await (const event of events) {
    if (event.type !== 'log' || !isWanted(names, event)) continue;
    const { name, instance, stream, at, line } = event;
    if (lost > 0 && tell({ lost })) lost = 0;
    if (!tell({ name, instance, stream, at, line })) lost++;
  }
}

function isWanted(
  names: readonly string[],
  { name, instance }: { readonly name: string; readonly instance: number },
): boolean {
  if (names.length === 0) return true;
  return names.includes(name) || names.includes(`${name}.${instance}`);
}
