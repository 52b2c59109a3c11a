/** Keeps a flaky worker running behind a server, tells what happens, and stops both in order. */
import { Supervisor } from 'brood/supervise';

const supervisor = new Supervisor({
  children: [
    {
      name: 'server',
      command: ['sh', '-c', 'echo listening; exec sleep 60'],
      ready: { log: 'listening' },
    },
    { name: 'flaky', command: ['sh', '-c', 'sleep 0.1; exit 1'], dependsOn: ['server'] },
  ],
  intensity: 2,
  backoff: { min: 10 },
});

const telling = (async () => {
  for await (const event of supervisor.events()) {
    if ('name' in event) console.log(`${event.name} ${event.type}`);
  }
})();

await supervisor.start();
const { reason, failure } = await supervisor.done;
await telling;
console.log(reason, failure?.name, String(failure?.status)); // gave-up flaky exited with code 1
