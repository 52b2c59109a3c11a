/** A worker whose handlers are the exports of a module. */
import type { ControlLine } from './control-line.ts';
import { functionOf, importModule, type Exports } from './load-function.ts';
import { WorkerServer } from './serve-worker.ts';
import type { Duty } from './worker-messages.ts';

/** Makes this process a worker with that duty. */
export function serveDuty(line: ControlLine, { module, initializer, maxMemory }: Duty): void {
  let exports: Exports;
  const server = new WorkerServer(line, {
    maxMemory,
    self: undefined,
    find: (name) => functionOf(exports, module, name),
    begin: async () => {
      exports = await importModule(module);
      if (initializer === undefined) return;
      const [name, ...args] = initializer;
      await functionOf(exports, module, name)(...args);
    },
  });
  server.begin();
}
