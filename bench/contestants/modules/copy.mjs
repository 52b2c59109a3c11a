// `copy.mjs OBJECTS BUFFERS`: holds so many MiB of each, has read them, and stays.
import { hold, readAll } from '../holding.mjs';

const [objects, buffers] = process.argv.slice(2).map(Number);
hold(objects, buffers);
readAll();
process.send('ready');
setInterval(() => {}, 1000);
