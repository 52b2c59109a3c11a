/** A Procfile: `name: command` in each line, as Heroku and foreman have it. */
import { Misuse } from '../failure.ts';
import type { Config } from './schema.ts';

/** Reads it. @throws Misuse that names file and line. */
export function parseProcfile(text: string, file: string): Config {
  const services: Record<string, { command: string }> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const place = `${file}:${index + 1}`;
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, command] = /^\s*([A-Za-z0-9_][\w-]*)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) throw new Misuse(`${place}: must be 'name: command'`, hint);
    if (command === undefined || command === '') {
      throw new Misuse(`${place}: ${name} has no command`, hint);
    }
    if (Object.hasOwn(services, name)) {
      throw new Misuse(`${place}: ${name} is there already`, hint);
    }
    services[name] = { command };
  }
  if (Object.keys(services).length === 0) throw new Misuse(`${file}: no service is in it`, hint);
  return { services };
}

const hint = "A line is a name and a command, as in 'web: node server.js'.";
