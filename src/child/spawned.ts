/** The program of a task that is a fresh Node: `spawned.js FD`, with the control descriptor. */
import { serveTask } from './serve-task.ts';

const [fd] = process.argv.splice(2, 1);
serveTask(Number(fd));
