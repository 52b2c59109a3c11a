/**
 * Measures all contestants in rounds, A B C, B C A, C A B …, so that what disturbs the machine for a
 * second disturbs them alike. The first round is thrown away: it is cold. Returns what `measure` came
 * to, by the name of the contestant.
 */
export async function inRounds(contestants, rounds, measure) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (let place = 0; place < contestants.length; place++) {
      const contestant = contestants[(place + round + 1) % contestants.length];
      const result = await measure(contestant);
      if (round >= 0) results.get(contestant.name).push(result);
    }
  }
  return results;
}
