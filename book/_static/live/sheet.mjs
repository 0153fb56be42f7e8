// Feature maps side by side, on one scale, to be pointed at.

import { enlarge, frame, pixels } from "./paint.mjs";
import { placeIn } from "./pointing.mjs";

/** Square maps in rows; a unit is {map, row, column}, the map counted in the order in which they are shown. */
export class Sheet {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  /** How many maps of which side, in how many columns, each value so many pixels wide. */
  shape({ side, count, columns, zoom }) {
    const step = side + 1; // a line of one pixel between two maps
    Object.assign(this, { side, count, columns, zoom, step, rows: Math.ceil(count / columns) });
    this.small = pixels(columns * step - 1, this.rows * step - 1);
    this.canvas.width = this.small.canvas.width * zoom;
    this.canvas.height = this.small.canvas.height * zoom;
  }

  /** Paint maps of values (side, side, channels): the channels in `order`, 0 to `high`. */
  paint(values, channels, order, colours, high, unit) {
    const { side, step, small, columns } = this;
    const [last, scale] = [colours.length - 1, high > 0 ? (colours.length - 1) / high : 0];
    for (let place = 0; place < side * side; place++) {
      const at = Math.floor(place / side) * small.canvas.width + (place % side);
      for (let k = 0; k < this.count; k++) {
        const corner = Math.floor(k / columns) * step * small.canvas.width + (k % columns) * step;
        const colour = Math.round(values[place * channels + order[k]] * scale);
        small.words[at + corner] = colours[Math.min(Math.max(colour, 0), last)];
      }
    }
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    enlarge(this.context, small);
    if (unit) this.mark(unit);
  }

  mark({ map, row, column }) {
    const [left, top] = [(map % this.columns) * this.step, Math.floor(map / this.columns) * this.step];
    const scaled = (...places) => frame(this.context, 2, ...places.map((place) => place * this.zoom));
    scaled(left, top, this.side, this.side);
    scaled(left + column, top + row, 1, 1);
  }

  /** The map, row and column at a place of the page; null between two maps. */
  unitAt(event) {
    const at = placeIn(this.canvas, event, this.small.canvas.width, this.small.canvas.height);
    const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
    const [column, row] = [x % this.step, y % this.step];
    const map = Math.floor(y / this.step) * this.columns + Math.floor(x / this.step);
    const inside = x >= 0 && y >= 0 && column < this.side && row < this.side;
    return inside && x < this.small.canvas.width && map < this.count ? { map, row, column } : null;
  }

  /** The unit that an arrow key leads to; over the edge of a map lies the next one. */
  moved(unit, right, down) {
    const wrap = (place, size) => (place + size) % size;
    const x = wrap((unit.map % this.columns) * this.side + unit.column + right, this.columns * this.side);
    const y = wrap(Math.floor(unit.map / this.columns) * this.side + unit.row + down, this.rows * this.side);
    const map = Math.floor(y / this.side) * this.columns + Math.floor(x / this.side);
    return { map: Math.min(map, this.count - 1), row: y % this.side, column: x % this.side };
  }
}
