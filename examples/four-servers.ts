/** One port, four processes: the server listens once, and every forked child goes on with it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { current, fork, type Process } from 'brood';

const server = createServer((_request, response) => {
  response.setHeader('connection', 'close');
  response.end(String(current.pid));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

const workers: Process[] = [];
while (workers.length < 4) {
  const worker = fork();
  if (worker.isCurrent) break;
  workers.push(worker);
}

if (workers.length === 4) {
  // The parent only asks.
  server.close();
  const answers = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const response = await fetch(`http://127.0.0.1:${port}`);
    answers.add(Number(await response.text()));
  }
  const known = new Set(workers.map(({ pid }) => pid));
  console.log([...answers].every((pid) => known.has(pid)));
  const ends = await Promise.all(workers.map((worker) => worker.terminate()));
  console.log(ends.join(', '));
}
