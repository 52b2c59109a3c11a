/** Checks where sockets are to listen. */
import { invalidValue } from '../errors.ts';
import { checkNumber, checkObject, checkOneOf, checkString } from './check.ts';
import type { Listen } from './child-spec.ts';

const highestPort = 65_535;

/** Checks `listen` of a child. */
export function checkListen(
  listen: Readonly<Record<string, Listen>> | undefined,
  field: string,
): ReadonlyMap<string, Listen> {
  if (listen === undefined) return new Map();
  const names = Object.keys(checkObject(listen, field, Object.keys(Object(listen))));
  if (names.length === 0) throw invalidValue(field, listen, 'must name a socket');
  return new Map(names.map((name) => [name, checkOne(name, listen[name] as Listen, field)]));
}

function checkOne(name: string, listen: Listen, all: string): Listen {
  const field = `${all}.${name}`;
  // LISTEN_FDNAMES has colons between the names (sd_listen_fds_with_names(3)).
  if (!/^[!-9;-~]{1,255}$/.test(name)) {
    throw invalidValue(field, name, "must be a name of printable letters without ':'");
  }
  checkObject(listen, field, ['port', 'host', 'path']);
  const kind = checkOneOf(listen, field, ['port', 'path']);
  if (kind === 'port') {
    checkNumber(listen.port, `${field}.port`, { from: 0, to: highestPort, whole: true }, 0);
    if (listen.host !== undefined) checkString(listen.host, `${field}.host`);
    return listen;
  }
  if (listen.host !== undefined) throw invalidValue(`${field}.host`, listen.host, 'is for `port`');
  checkString(listen.path, `${field}.path`);
  return listen;
}
