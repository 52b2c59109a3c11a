/** Checks when a child is ready, and how it is looked whether it still is. */
import { invalidType, invalidValue } from '../errors.ts';
import { checkMs, checkNumber, checkObject, checkOneOf, checkString } from './check.ts';
import type { CheckedAlive, CheckedProbe, CheckedReady } from './checked-child.ts';
import type { Alive, Probe, Ready, ReadyProbe } from './child-spec.ts';

const highestPort = 65_535;

/** `8080` or `host:8080`, `[::1]:8080`. */
function checkTcp(value: number | string, field: string): CheckedProbe {
  const port = (number: number): number =>
    checkNumber(number, field, { from: 1, to: highestPort, whole: true }, 0);
  if (typeof value === 'number') return { kind: 'tcp', host: '127.0.0.1', port: port(value) };
  const [, host, digits] = /^(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(checkString(value, field)) ?? [];
  if (digits === undefined) throw invalidValue(field, value, "must be a port, or 'host:port'");
  return { kind: 'tcp', host: host ?? '127.0.0.1', port: port(Number(digits)) };
}

function checkHttp(value: string | URL, field: string): CheckedProbe {
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw invalidType(field, 'a URL', value);
  }
  const text = String(value);
  if (!URL.canParse(text)) throw invalidValue(field, text, 'must be a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:') throw invalidValue(field, text, 'must be an http: URL');
  return { kind: 'http', url };
}

/** A command as a list: a program and its arguments. */
export function checkList(value: unknown, field: string): [string, ...string[]] {
  if (!Array.isArray(value)) throw invalidType(field, 'an array of strings', value);
  if (value.length === 0) throw invalidValue(field, value, 'must name a program');
  for (const [index, each] of value.entries()) {
    if (index === 0) checkString(each, `${field}[0]`);
    else if (typeof each !== 'string') throw invalidType(`${field}[${index}]`, 'a string', each);
  }
  return [...value] as [string, ...string[]];
}

function checkProbe(probe: Probe, field: string, kind: 'tcp' | 'http' | 'exec'): CheckedProbe {
  switch (kind) {
    case 'tcp':
      return checkTcp(probe.tcp as number | string, `${field}.tcp`);
    case 'http':
      return checkHttp(probe.http as string | URL, `${field}.http`);
    case 'exec': {
      const [program, ...args] = checkList(probe.exec, `${field}.exec`);
      return { kind: 'exec', program, args };
    }
  }
}

const usualReadyMs = 30_000;
const readyKeys = ['tcp', 'http', 'exec', 'log', 'timeout', 'interval'] as const;

/** Checks {@link Ready}. */
export function checkReady(ready: Ready | undefined, field: string): CheckedReady {
  if (ready === undefined || ready === 'started') return { kind: 'started' };
  if (ready === 'finished') return { kind: 'finished' };
  if (ready === 'notify') return { kind: 'notify', timeoutMs: usualReadyMs };
  if (typeof ready !== 'object') {
    throw invalidValue(field, ready, "must be 'started', 'notify', 'finished' or an object");
  }
  const probe: ReadyProbe = checkObject(ready, field, readyKeys);
  const kind = checkOneOf(probe, field, ['tcp', 'http', 'exec', 'log']);
  const timeoutMs = checkMs(probe.timeout, `${field}.timeout`, usualReadyMs);
  if (kind === 'log') {
    const pattern = probe.log as string | RegExp;
    if (!(pattern instanceof RegExp)) checkString(pattern, `${field}.log`);
    return { kind, pattern, timeoutMs };
  }
  return {
    kind: 'probe',
    probe: checkProbe(probe, field, kind),
    timeoutMs,
    intervalMs: checkNumber(probe.interval, `${field}.interval`, { from: 1, to: 3_600_000 }, 100),
  };
}

/** Checks {@link Alive}. */
export function checkAlive(alive: Alive | undefined, field: string): CheckedAlive | undefined {
  if (alive === undefined) return undefined;
  checkObject(alive, field, ['tcp', 'http', 'exec', 'interval', 'timeout', 'failures']);
  const kind = checkOneOf(alive, field, ['tcp', 'http', 'exec']);
  return {
    probe: checkProbe(alive, field, kind),
    intervalMs: checkNumber(
      alive.interval,
      `${field}.interval`,
      { from: 1, to: 86_400_000 },
      10_000,
    ),
    timeoutMs: checkNumber(alive.timeout, `${field}.timeout`, { from: 1, to: 86_400_000 }, 1000),
    failures: checkNumber(
      alive.failures,
      `${field}.failures`,
      { from: 1, to: 1000, whole: true },
      3,
    ),
  };
}
