// Maps as heat over a photograph: enlarged, coloured, and as strong as there is heat. No canvas: numbers only.

export const STRENGTH = 0.8; // of the hottest place, as in the course's own overlay

/** Enlarge a map of (rows, columns) to (side, side): straight lines between the middles of its values. */
export function enlarged(map, rows, columns, side) {
  const across = between(columns, side);
  const down = between(rows, side);
  const lines = new Float32Array(rows * side);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < side; x++) {
      const { from, to, share } = across[x];
      const first = map[row * columns + from];
      lines[row * side + x] = first + share * (map[row * columns + to] - first);
    }
  }
  const large = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const { from, to, share } = down[y];
    for (let x = 0; x < side; x++) {
      const first = lines[from * side + x];
      large[y * side + x] = first + share * (lines[to * side + x] - first);
    }
  }
  return large;
}

/** For each new place, the two old ones that it lies between, and how far it is from the first. */
function between(old, side) {
  const clip = (place) => Math.min(Math.max(place, 0), old - 1);
  return Array.from({ length: side }, (_, k) => {
    const centre = ((k + 0.5) * old) / side - 0.5;
    const from = Math.floor(centre);
    return { from: clip(from), to: clip(from + 1), share: centre - from };
  });
}

/** Fill the 32-bit pixels of an image with heat: its colour, and opaque as far as it is hot. */
export function heat(words, values, high, colours, signed) {
  const steps = colours.length - 1;
  for (let k = 0; k < values.length; k++) {
    const value = high > 0 ? Math.min(Math.max(values[k] / high, signed ? -1 : 0), 1) : 0;
    const colour = colours[Math.round((signed ? (value + 1) / 2 : value) * steps)];
    const alpha = Math.round(255 * STRENGTH * Math.abs(value));
    words[k] = ((colour & 0xffffff) | (alpha << 24)) >>> 0;
  }
}

/** What occlusion has measured so far: each pixel has the mean over the patches that cover it, in logits. */
export class Fall {
  constructor(side, patch) {
    Object.assign(this, { side, patch, count: 0 });
    this.sums = new Float32Array(side * side);
    this.counts = new Uint16Array(side * side);
  }

  /** Take in the logit with a patch at (top, left), and the one without, `base`. */
  add({ top, left, logit, base }) {
    const { side, patch } = this;
    this.count += 1;
    for (let y = top; y < top + patch; y++) {
      for (let x = left; x < left + patch; x++) {
        this.sums[y * side + x] += base - logit;
        this.counts[y * side + x] += 1;
      }
    }
  }

  get map() {
    return this.sums.map((sum, k) => (this.counts[k] ? sum / this.counts[k] : 0));
  }
}
