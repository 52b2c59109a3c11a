/** The program of a task or worker that is a fresh Node: `spawned.js FD`, with the control descriptor. */
import { serve } from './serve.ts';

const [fd] = process.argv.splice(2, 1);
serve(Number(fd));
