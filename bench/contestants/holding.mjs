/** What a program holds, so that others can have it too: objects of V8, and Buffers. */
const objects = [];
const buffers = [];
const chunk = 16;

/** Holds so many MiB in objects, and so many in Buffers, each page of them written to. */
export function hold(megabytesOfObjects, megabytesOfBuffers) {
  const before = process.memoryUsage().heapUsed;
  while (process.memoryUsage().heapUsed - before < megabytesOfObjects * 2 ** 20) {
    objects.push(Array.from({ length: 1000 }, (_, i) => ({ i, next: undefined })));
  }
  for (let held = 0; held < megabytesOfBuffers; held += chunk) {
    buffers.push(Buffer.alloc(chunk * 2 ** 20, 1));
  }
}

/** Looks at every object and every page. */
export function readAll() {
  let sum = 0;
  for (const list of objects) for (const object of list) sum += object.i;
  for (const buffer of buffers) for (let at = 0; at < buffer.length; at += 4096) sum += buffer[at];
  return sum;
}
