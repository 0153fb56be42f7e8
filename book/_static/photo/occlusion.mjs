// In which order patches are looked at, and how they cover a picture.

import { SIDE } from "./network.mjs";

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

/** A copy of a picture (SIDE x SIDE x 3) with a square covered by a colour [red, green, blue]. */
export function covered(rgb, top, left, patch, colour) {
  const copy = rgb.slice();
  for (let row = top; row < top + patch; row++) {
    for (let at = 3 * (row * SIDE + left); at < 3 * (row * SIDE + left + patch); at += 3) copy.set(colour, at);
  }
  return copy;
}
