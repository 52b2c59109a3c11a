/** No sockets for services: Node has no datagrams between processes, and no socket without a server. */
import type { ServiceSockets } from '../service-sockets.ts';
import type { Refuse } from './refusal.ts';

/** All of it is refused. */
export function portableServiceSockets(refuse: Refuse): ServiceSockets {
  const no = (what: string) => (): never => {
    throw refuse(what);
  };
  return {
    notifySocket: no('a socket for notifications'),
    receiveNotification: no('a socket for notifications'),
    listenOnPort: no('socket activation'),
    listenOnPath: no('socket activation'),
  };
}
