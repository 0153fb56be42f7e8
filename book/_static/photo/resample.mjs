// The square of a photograph as the network gets it: scaled here and not by the browser, because browsers differ,
// and the network with them. The counterpart of helpers.imagenet.centre_square.

/**
 * Scale a square of a picture {data, width, height} (RGBA bytes) to side x side pixels: straight lines between
 * pixels, and where it shrinks the mean over those that fall together. Gives RGBA bytes.
 */
export function resampled({ data, width, height }, { left, top, side: from }, side) {
  const across = weights(left, from, width, side);
  const down = weights(top, from, height, side);
  const first = down[0].start;
  const rows = down.at(-1).start + down.at(-1).shares.length - first;
  const lines = new Float32Array(rows * side * 4);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < side; x++) {
      mix(data, ((first + y) * width + across[x].start) * 4, 4, across[x].shares, lines, (y * side + x) * 4);
    }
  }
  const small = new Uint8ClampedArray(side * side * 4); // rounds
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      mix(lines, ((down[y].start - first) * side + x) * 4, side * 4, down[y].shares, small, (y * side + x) * 4);
    }
  }
  return small;
}

function mix(from, start, step, shares, to, at) {
  let [red, green, blue] = [0, 0, 0];
  for (let k = 0; k < shares.length; k++) {
    const place = start + k * step;
    red += shares[k] * from[place];
    green += shares[k] * from[place + 1];
    blue += shares[k] * from[place + 2];
  }
  to[at] = red;
  to[at + 1] = green;
  to[at + 2] = blue;
  to[at + 3] = 255;
}

/** For each new pixel along one side, which old ones it is made of: {start, shares}. */
function weights(start, from, old, side) {
  const scale = from / side;
  const reach = Math.max(scale, 1);
  return Array.from({ length: side }, (_, k) => {
    const centre = start + (k + 0.5) * scale;
    const low = Math.max(Math.round(centre - reach), Math.floor(start), 0);
    const high = Math.max(Math.min(Math.round(centre + reach), Math.ceil(start + from), old), low + 1);
    const shares = Float64Array.from({ length: high - low }, (_, j) => {
      return Math.max(1 - Math.abs((low + j + 0.5 - centre) / reach), 0);
    });
    const sum = shares.reduce((a, b) => a + b);
    return { start: low, shares: shares.map((share) => (sum > 0 ? share / sum : 1 / shares.length)) };
  });
}
