// What is painted: digits, heat maps, sheets of feature maps.

import { colourOf } from "../live/colours.mjs";
import { enlarge, frame, pixels } from "../live/paint.mjs";
import { Sheet as Maps } from "../live/sheet.mjs";
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

/** All feature maps of a convolution, side by side on one scale; its units know their convolution. */
export class Sheet extends Maps {
  constructor(canvas, conv) {
    super(canvas);
    this.conv = conv;
    this.order = Array.from({ length: CONVS[conv].channels }, (_, map) => map);
    this.arrange(WIDE);
  }

  /** Arrange the maps for a width on the page; say whether that changed anything. */
  arrange(width) {
    const columns = width < WIDE ? 8 : 16;
    if (columns === this.columns) return false;
    const { side, channels } = CONVS[this.conv];
    this.shape({ side, count: channels, columns, zoom: [2, 4, 8][this.conv] });
    return true;
  }

  paint(values, colours, unit) {
    this.largest = values.reduce((a, b) => Math.max(a, b), 0);
    super.paint(values, this.count, this.order, colours, this.largest, unit);
  }

  unitAt(event) {
    const unit = super.unitAt(event);
    return unit && { conv: this.conv, ...unit };
  }

  moved(unit, right, down) {
    return { conv: this.conv, ...super.moved(unit, right, down) };
  }
}
