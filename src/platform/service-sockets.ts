/** The sockets between a supervisor and its services. Part of the contract of platform.ts. */

/** What a service said. */
interface Notification {
  /** Who sent it, as the kernel knows it. */
  readonly pid: number;
  /** Lines of NAME=value; empty if it was too long. */
  readonly text: string;
}

/** Descriptors here are close-on-exec, and the caller's to close. */
export interface ServiceSockets {
  /** A socket for sd_notify(3), bound to a name in the abstract namespace. */
  notifySocket(name: string): number;
  /** The next message; undefined if none is there. Never blocks. */
  receiveNotification(socket: number): Notification | undefined;
  /** A socket that listens, on a numeric address and a port (0: any), and from which we do not accept. */
  listenOnPort(address: string, port: number): { fd: number; port: number };
  /** The same on a path. */
  listenOnPath(path: string): number;
}
