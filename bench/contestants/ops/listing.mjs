// What looking at all processes costs the program that does it.
const now = performance.now.bind(performance);

/** The longest time from one turn of the loop to the next, in nanoseconds, while `work` is done. */
async function longestTurn(work) {
  let longest = 0;
  let last = now();
  let running = true;
  const turn = () => {
    longest = Math.max(longest, now() - last);
    last = now();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  return longest * 1e6;
}

/** `listing loop COUNT`, `listing watch COUNT INTERVAL` or `listing events COUNT`. */
export async function perform(way, [what, count, interval]) {
  if (what === 'loop') {
    const turns = [];
    for (let left = Number(count); left > 0; left--) turns.push(await longestTurn(way.list));
    return { turns };
  }
  if (what === 'watch') return { cpu: await way.watchTicks(Number(count), Number(interval)) };
  return way.shortLives(Number(count));
}
