/** The connection of a child to the program that started it, and who listens to it at the moment. */
import { Socket } from 'node:net';

import { Wire, type WireEvents } from '../channel/wire.ts';

/** What a process is to do arrives first; whoever does it listens from then on. */
export class ControlLine {
  readonly wire: Wire;
  listener: WireEvents;

  /** `controlFd` is owned from now on. */
  constructor(controlFd: number, listener: WireEvents) {
    this.listener = listener;
    const socket = new Socket({ fd: controlFd, readable: true, writable: true });
    this.wire = new Wire(socket, 'the parent', {
      arrived: (message) => this.listener.arrived(message),
      over: (error) => this.listener.over(error),
    });
  }
}
