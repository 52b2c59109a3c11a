/** The sockets between a supervisor and its services, over the addon. */
import type { NativeAddon } from '../binding.ts';
import type { ServiceSockets } from '../service-sockets.ts';
import { translated } from '../translate.ts';

/** Binds {@link ServiceSockets} to the addon. */
export function createServiceSockets(addon: NativeAddon): ServiceSockets {
  return {
    notifySocket: (name) => translated(() => addon.notifySocket(name)),
    receiveNotification: (socket) => {
      const told = translated(() => addon.receiveNotification(socket));
      return told && { pid: told[0], text: told[1] };
    },
    listenOnPort: (address, wanted) => {
      const [fd, port] = translated(() => addon.listeningSocket(address, wanted));
      return { fd, port };
    },
    listenOnPath: (path) => translated(() => addon.listeningSocket(path, undefined))[0],
  };
}
