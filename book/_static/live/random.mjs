// Random numbers that are the same everywhere.

/** Even ones from 0 to 1 (mulberry32). */
export function evenly(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal ones of mean 0 and deviation 1, and those that lie beyond two deviations drawn again. */
export function truncatedNormal(state) {
  const random = evenly(state);
  return () => {
    for (;;) {
      const value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      if (Math.abs(value) <= 2) return value;
    }
  };
}
