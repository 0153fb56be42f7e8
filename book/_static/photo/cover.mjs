// Parts of the photograph that are covered: strokes of a round brush, kept in the photograph's own pixels, so
// that they stay where they are when it is moved. {fill, radius, points, colour}

import { SIDE } from "./network.mjs";
import { resampled } from "./resample.mjs";

export const FILLS = { grey: "grey", blurred: "blurred", around: "the colour around it" };
const GREY = "rgb(127, 127, 127)"; // the network's zero
const BLURRED = 10; // pixels that are left of the photograph's shorter side
const RING = 1.5; // how far around a stroke it is looked for its colour, in its radius
const SMALL = 112; // pixels across, for that

const sheet = (side) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas.getContext("2d", { willReadFrequently: side <= SIDE });
};

function wipe(context) {
  context.globalCompositeOperation = "source-over";
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}

/** Draw a stroke's line in one colour on a context that shows a square of the photograph. */
function line(context, { points, radius }, view, colour, wide = 1) {
  const scale = context.canvas.width / view.side;
  const at = ({ x, y }) => [(x - view.left) * scale, (y - view.top) * scale];
  context.beginPath();
  context.moveTo(...at(points[0]));
  for (const point of points) context.lineTo(...at(point));
  Object.assign(context, { lineCap: "round", lineJoin: "round", lineWidth: 2 * radius * scale * wide });
  context.strokeStyle = context.fillStyle = colour;
  context.stroke();
  context.beginPath(); // a line of no length leaves no trace
  context.arc(...at(points[0]), radius * scale * wide, 0, 2 * Math.PI);
  context.fill();
}

/** A photograph, as `bitmap` to be shown and as `pixels` for the network, and all that covers it. */
export class Cover {
  constructor(bitmap, pixels) {
    Object.assign(this, { bitmap, pixels, strokes: [], mask: null, kept: new Map() });
    this.blurred = blurred(bitmap);
  }

  /** Begin a stroke at a place of the photograph. */
  begin(fill, radius, point, view) {
    this.strokes.push({ fill, radius, points: [point], colour: null });
    this.add(point, view);
  }

  /** Lead the last stroke on. */
  add(point, view) {
    const stroke = this.strokes.at(-1);
    stroke.points.push(point);
    if (stroke.fill === "around") stroke.colour = this.colourAround(stroke, view);
  }

  undo() {
    const stroke = this.strokes.pop();
    for (const kept of this.kept.values()) if (kept.count > this.strokes.length) kept.square = "";
    return stroke;
  }

  clear() {
    this.strokes.length = 0;
    this.kept.clear();
  }

  /** Draw a square of the photograph, with what covers it, on all of a context. */
  draw(context, view) {
    context.drawImage(this.finished(context.canvas.width, view), 0, 0);
    if (this.strokes.length) this.drawStroke(context, this.strokes.at(-1), view);
  }

  /** The photograph with all strokes but the last one, which may go on; drawn anew only if it is another. */
  finished(width, view) {
    if (!this.kept.has(width)) this.kept.set(width, { context: sheet(width), square: "", count: 0 });
    const kept = this.kept.get(width);
    const { context } = kept;
    const square = [view.left, view.top, view.side].join();
    const count = Math.max(this.strokes.length - 1, 0);
    if (kept.square !== square || kept.count > count) {
      Object.assign(kept, { square, count: 0 });
      this.drawPhotograph(context, view);
    }
    while (kept.count < count) this.drawStroke(context, this.strokes[kept.count++], view);
    return context.canvas;
  }

  /** In the network's size as the network gets it, in any other as the browser shows it. */
  drawPhotograph(context, view) {
    const { width } = context.canvas;
    if (width !== SIDE) {
      context.imageSmoothingQuality = "high";
      context.drawImage(this.bitmap, view.left, view.top, view.side, view.side, 0, 0, width, width);
      return;
    }
    const scale = this.pixels.width / this.bitmap.width;
    const square = { left: view.left * scale, top: view.top * scale, side: view.side * scale };
    context.putImageData(new ImageData(resampled(this.pixels, square, SIDE), SIDE, SIDE), 0, 0);
  }

  drawStroke(context, stroke, view) {
    if (stroke.fill === "blurred") this.drawBlurred(context, stroke, view);
    else line(context, stroke, view, stroke.colour ?? GREY);
  }

  drawBlurred(context, stroke, view) {
    const { width } = context.canvas;
    if (this.mask?.canvas.width !== width) this.mask = sheet(width);
    wipe(this.mask);
    line(this.mask, stroke, view, GREY);
    this.mask.globalCompositeOperation = "source-in";
    const scale = this.blurred.width / this.bitmap.width;
    const from = [view.left, view.top, view.side, view.side].map((place) => place * scale);
    this.mask.drawImage(this.blurred, ...from, 0, 0, width, width);
    context.drawImage(this.mask.canvas, 0, 0);
  }

  /** The mean colour of a ring around a stroke, of what can be seen of it. */
  colourAround(stroke, view) {
    this.small ??= sheet(SMALL);
    const { small } = this;
    wipe(small);
    line(small, stroke, view, GREY, RING);
    small.globalCompositeOperation = "destination-out";
    for (const other of this.strokes) line(small, other, view, GREY);
    small.globalCompositeOperation = "source-in";
    small.drawImage(this.bitmap, view.left, view.top, view.side, view.side, 0, 0, SMALL, SMALL);
    const { data } = small.getImageData(0, 0, SMALL, SMALL);
    const sums = [0, 0, 0, 0];
    for (let k = 0; k < data.length; k += 4) {
      for (let c = 0; c < 3; c++) sums[c] += data[k + c] * data[k + 3];
      sums[3] += data[k + 3];
    }
    if (!sums[3]) return stroke.colour;
    return `rgb(${sums.slice(0, 3).map((sum) => Math.round(sum / sums[3])).join(", ")})`;
  }
}

/** The photograph without its details: made small by halves, and larger again by doubles. */
function blurred(bitmap) {
  let picture = bitmap;
  const steps = Math.max(Math.floor(Math.log2(Math.min(bitmap.width, bitmap.height) / BLURRED)), 0);
  const sizes = Array.from({ length: steps + 1 }, (_, k) => {
    return [bitmap.width, bitmap.height].map((side) => Math.max(Math.round(side / 2 ** k), 1));
  });
  for (const [width, height] of [...sizes.slice(1), ...sizes.slice(2, -1).reverse()]) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    picture = canvas;
  }
  return picture;
}
