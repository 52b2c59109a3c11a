/** Stops a server that has started helpers, one of them in a session of its own. */
import { spawn } from 'brood';

const server = await spawn('sh', ['-c', 'sleep 100 & setsid sleep 100 & echo ready; wait'], {
  stdin: 'ignore',
});
for await (const line of server) {
  console.log(`the server says: ${line}`);
  break;
}

const helpers = server.descendants();
console.log(`it has ${helpers.length} helpers`);
const status = await server.terminate({ tree: true, grace: 2000 });
console.log(`server: ${String(status)}`);
console.log(`helpers alive: ${helpers.filter((helper) => helper.isAlive()).length}`);
