/** Ends in order: a signal is handled, exitors run in reverse order, children are stopped. */
import { current, signals, spawn } from 'brood';

current.onExit(() => console.log('exitor: closes the database'));
current.onExit(() => console.log('exitor: says good bye'));

const worker = await spawn('sleep', ['100'], { stdin: 'ignore', deathSignal: 'SIGKILL' });
console.log(`a worker runs: ${worker.isAlive()}; it is stopped with us, however we end`);

signals.on('SIGHUP', (name) => {
  console.log(`${name} arrived`);
  current.exit(0);
});
current.signal('SIGHUP');
