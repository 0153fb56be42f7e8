// Which square of the photograph the network gets: moved, zoomed, and never beyond the edge.

const CLOSEST = 24; // pixels of the photograph across the square when it cannot be zoomed any further

/** The square, in pixels of the photograph: `left`, `top` and `side`. */
export class View {
  constructor(width, height) {
    Object.assign(this, { width, height });
    this.reset();
  }

  get largest() {
    return Math.min(this.width, this.height);
  }

  get smallest() {
    return Math.min(CLOSEST, this.largest);
  }

  /** How many times larger than the whole is what is seen. */
  get factor() {
    return this.largest / this.side;
  }

  /** The largest square, in the middle. */
  reset() {
    this.side = this.largest;
    this.left = Math.floor((this.width - this.side) / 2);
    this.top = Math.floor((this.height - this.side) / 2);
  }

  /** Move the square by parts of its side, right and down. */
  move(right, down) {
    this.left += right * this.side;
    this.top += down * this.side;
    this.limit();
  }

  /** Zoom; the place at (x, y), parts of the square, stays where it is. */
  zoom(factor, x = 0.5, y = 0.5) {
    const side = Math.min(Math.max(this.side / factor, this.smallest), this.largest);
    this.left += x * (this.side - side);
    this.top += y * (this.side - side);
    this.side = side;
    this.limit();
  }

  limit() {
    this.left = Math.min(Math.max(this.left, 0), this.width - this.side);
    this.top = Math.min(Math.max(this.top, 0), this.height - this.side);
  }

  /** A place of the square, parts of its side, in pixels of the photograph. */
  toPhotograph({ x, y }) {
    return { x: this.left + x * this.side, y: this.top + y * this.side };
  }

  toString() {
    const part = (from, room) => (room > 0.5 ? Math.round((100 * from) / room) : 50);
    const across = part(this.left, this.width - this.side);
    const down = part(this.top, this.height - this.side);
    return `${this.factor.toFixed(1)} times, ${across}% across and ${down}% down`;
  }
}
