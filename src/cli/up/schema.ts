/** What a configuration may be, and what is wrong with one that is not. */
import * as v from 'valibot';

import type { ChildSpec, SupervisorOptions } from '../../supervise.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, or `'5s'`. */
const time = v.union(
  [
    v.pipe(v.number(), v.minValue(0)),
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?(ms|s|m|h)$/),
      v.transform((text) => Number.parseFloat(text) * (units[text.replace(/[\d.]+/, '')] ?? 1)),
    ),
  ],
  "must be milliseconds, or a time such as '5s'",
);

const text = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'));
const list = v.array(text, 'must be a list of strings');
const command = v.union(
  [text, v.pipe(list, v.nonEmpty('must name a program'))],
  'must be a command',
);
const whole = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(0, 'must not be negative'),
);
const yes = v.boolean('must be true or false');
const values = v.record(
  v.string(),
  v.union([v.string(), v.number(), v.boolean()], 'must be a text'),
);

const probe = { tcp: v.union([v.number(), text]), http: text, exec: list };
const log = v.union(
  [
    v.literal(false),
    v.strictObject({
      terminal: v.optional(yes),
      file: v.optional(text),
      format: v.optional(v.picklist(['plain', 'prefixed', 'json'])),
      colours: v.optional(yes),
      rotate: v.optional(
        v.strictObject({ size: whole, keep: v.optional(whole), compress: v.optional(yes) }),
      ),
    }),
  ],
  'must be false, or have terminal, file, format, colours, rotate',
);

const service = v.strictObject({
  command,
  cwd: v.optional(text),
  env: v.optional(values),
  envFile: v.optional(v.union([text, list])),
  instances: v.optional(whole),
  dependsOn: v.optional(list),
  restart: v.optional(
    v.picklist(['always', 'on-failure', 'never'], "must be 'always', 'on-failure' or 'never'"),
  ),
  significant: v.optional(yes),
  ready: v.optional(
    v.union(
      [
        v.picklist(['started', 'notify', 'finished']),
        v.strictObject({
          ...v.entriesFromObjects([v.partial(v.strictObject(probe))]),
          log: v.optional(text),
          timeout: v.optional(time),
          interval: v.optional(time),
        }),
      ],
      "must be 'started', 'notify', 'finished', or one of tcp, http, exec, log",
    ),
  ),
  alive: v.optional(
    v.strictObject({
      ...v.entriesFromObjects([v.partial(v.strictObject(probe))]),
      interval: v.optional(time),
      timeout: v.optional(time),
      failures: v.optional(whole),
    }),
  ),
  watchdog: v.optional(time),
  stop: v.optional(
    v.strictObject({
      signal: v.optional(text),
      grace: v.optional(time),
      scope: v.optional(v.picklist(['tree', 'process'])),
    }),
  ),
  listen: v.optional(
    v.record(
      v.string(),
      v.strictObject({ port: v.optional(whole), host: v.optional(text), path: v.optional(text) }),
    ),
  ),
  cgroup: v.optional(
    v.union([
      yes,
      v.strictObject({
        memory: v.optional(whole),
        processes: v.optional(whole),
        processors: v.optional(v.number()),
      }),
    ]),
  ),
  limits: v.optional(v.record(v.string(), v.number())),
  priority: v.optional(v.number()),
  uid: v.optional(whole),
  gid: v.optional(whole),
  umask: v.optional(whole),
  log: v.optional(log),
  watch: v.optional(v.union([text, list])),
});

const configSchema = v.strictObject({
  services: v.pipe(
    v.record(v.string(), service, 'must be services by their names'),
    v.check((services) => Object.keys(services).length > 0, 'must name a service'),
  ),
  strategy: v.optional(
    v.picklist(
      ['one-for-one', 'one-for-all', 'rest-for-one'],
      "must be 'one-for-one', 'one-for-all' or 'rest-for-one'",
    ),
  ),
  intensity: v.optional(whole),
  period: v.optional(time),
  backoff: v.optional(
    v.strictObject({
      min: v.optional(time),
      max: v.optional(time),
      factor: v.optional(v.number()),
      jitter: v.optional(v.number()),
    }),
  ),
  log: v.optional(log),
  envFile: v.optional(v.union([text, list])),
});

type OfChild = Pick<
  ChildSpec,
  | 'alive'
  | 'cgroup'
  | 'dependsOn'
  | 'gid'
  | 'instances'
  | 'limits'
  | 'listen'
  | 'log'
  | 'priority'
  | 'ready'
  | 'restart'
  | 'significant'
  | 'stop'
  | 'uid'
  | 'umask'
  | 'watchdog'
>;

/** One service: what a child of a supervisor is, and a little more. */
export interface ServiceConfig extends OfChild {
  /** A line for the shell, or a program and its arguments. */
  readonly command: string | readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly envFile?: string | readonly string[] | undefined;
  /** At whose change it is started again, with --watch. */
  readonly watch?: string | readonly string[] | undefined;
}

/** A whole configuration. */
export interface Config extends Omit<SupervisorOptions, 'children'> {
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly envFile?: string | readonly string[] | undefined;
}

/** Something that is wrong, and where. */
export interface Flaw {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The configuration, or all that is wrong with it. */
export function checkConfig(value: unknown): Config | readonly Flaw[] {
  const result = v.safeParse(configSchema, value);
  if (result.success) return result.output as unknown as Config;
  return result.issues.map(flawOf);
}

function flawOf(issue: v.BaseIssue<unknown>): Flaw {
  // What is wrong deep inside a choice is what the reader has to change.
  const inner = issue.issues?.find((each) => (each.path?.length ?? 0) > 0);
  const base = pathOf(issue);
  if (inner !== undefined && issue.type === 'union') {
    const deeper = flawOf(inner);
    return { path: [...base, ...deeper.path], message: deeper.message };
  }
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  const isMissing = issue.type === 'strict_object' && issue.received === 'undefined';
  const message = isUnknown ? 'is not known here' : isMissing ? 'is missing' : issue.message;
  return { path: base, message };
}

function pathOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map((item) => item.key as string | number);
}
