// What is painted: digits, heat maps, sheets of feature maps.

import { colourOf } from "../live/colours.mjs";
import { enlarge, frame, pixels } from "../live/paint.mjs";
import { placeIn } from "../live/pointing.mjs";
import { CONVS, SIDE } from "./engine.mjs";

const WIDE = 560; // from this width on, a sheet has sixteen feature maps in a row, else eight

/** A square picture of values, drawn large, with a digit's outline and a frame if asked for. */
export class Picture {
  constructor(canvas, side = SIDE, zoom = 10) {
    [canvas.width, canvas.height] = [side * zoom, side * zoom];
    [this.canvas, this.side, this.zoom] = [canvas, side, zoom];
    this.context = canvas.getContext("2d");
    this.small = pixels(side, side);
  }

  paint(values, colours, low, high) {
    for (let k = 0; k < values.length; k++) this.small.words[k] = colourOf(colours, values[k], low, high);
    enlarge(this.context, this.small);
  }

  /** Lines between what is ink and what is not. */
  outline(image) {
    const ink = (x, y) => x >= 0 && x < SIDE && y >= 0 && y < SIDE && image[y * SIDE + x] > 0.5;
    this.context.beginPath();
    for (let y = 0; y <= SIDE; y++) {
      for (let x = 0; x <= SIDE; x++) {
        if (ink(x, y) !== ink(x - 1, y)) this.line(x, y, x, y + 1);
        if (ink(x, y) !== ink(x, y - 1)) this.line(x, y, x + 1, y);
      }
    }
    for (const [colour, width] of [["#000000b0", 4], ["#ffffff", 1.8]]) {
      this.context.strokeStyle = colour;
      this.context.lineWidth = width;
      this.context.stroke();
    }
  }

  line(x, y, toX, toY) {
    this.context.moveTo(x * this.zoom, y * this.zoom);
    this.context.lineTo(toX * this.zoom, toY * this.zoom);
  }

  frame({ left, right, top, bottom }) {
    const places = [left, top, right - left, bottom - top];
    frame(this.context, Math.max(this.canvas.width / 110, 3), ...places.map((place) => place * this.zoom));
  }

  grid() {
    this.context.beginPath();
    for (let k = 1; k < this.side; k++) {
      this.line(k, 0, k, this.side);
      this.line(0, k, this.side, k);
    }
    this.context.strokeStyle = "#ffffff14";
    this.context.lineWidth = 1;
    this.context.stroke();
  }
}

/** All feature maps of a convolution, side by side on one scale. */
export class Sheet {
  constructor(canvas, conv) {
    const { side, channels } = CONVS[conv];
    [this.canvas, this.conv, this.side, this.channels] = [canvas, conv, side, channels];
    this.step = side + 1; // a line of one pixel between two maps
    this.zoom = [2, 4, 8][conv];
    this.context = canvas.getContext("2d");
    this.arrange(WIDE);
  }

  /** Arrange the maps for a width on the page; say whether that changed anything. */
  arrange(width) {
    const columns = width < WIDE ? 8 : 16;
    if (columns === this.columns) return false;
    [this.columns, this.rows] = [columns, this.channels / columns];
    this.small = pixels(columns * this.step - 1, this.rows * this.step - 1);
    this.canvas.width = this.small.canvas.width * this.zoom;
    this.canvas.height = this.small.canvas.height * this.zoom;
    return true;
  }

  paint(values, colours, unit) {
    const { side, channels, step, small, columns } = this;
    this.largest = values.reduce((a, b) => Math.max(a, b), 0);
    for (let place = 0; place < side * side; place++) {
      const at = Math.floor(place / side) * small.canvas.width + (place % side);
      for (let k = 0; k < channels; k++) {
        const corner = Math.floor(k / columns) * step * small.canvas.width + (k % columns) * step;
        small.words[at + corner] = colourOf(colours, values[place * channels + k], 0, this.largest);
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
    const { width, height } = this.small.canvas;
    const at = placeIn(this.canvas, event, width, height);
    const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
    const [column, row] = [x % this.step, y % this.step];
    const map = Math.floor(y / this.step) * this.columns + Math.floor(x / this.step);
    const inside = x >= 0 && y >= 0 && column < this.side && row < this.side && map < this.channels;
    return inside ? { conv: this.conv, map, row, column } : null;
  }

  /** The unit that an arrow key leads to; over the edge of a map lies the next one. */
  moved(unit, right, down) {
    const wrap = (place, size) => (place + size) % size;
    const x = wrap((unit.map % this.columns) * this.side + unit.column + right, this.columns * this.side);
    const y = wrap(Math.floor(unit.map / this.columns) * this.side + unit.row + down, this.rows * this.side);
    const map = Math.floor(y / this.side) * this.columns + Math.floor(x / this.side);
    return { conv: this.conv, map, row: y % this.side, column: x % this.side };
  }
}
