// In which order patches are looked at.

/** [row, column] of a square grid: every fourth of both, then every second, then all; none twice. */
export function coarseToFine(count) {
  const order = [];
  const level = (place) => (place % 4 === 0 ? 0 : place % 2 === 0 ? 1 : 2);
  for (const wanted of [0, 1, 2]) {
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++) {
        if (Math.max(level(row), level(column)) === wanted) order.push([row, column]);
      }
    }
  }
  return order;
}
