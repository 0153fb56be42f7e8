// The photograph that one moves, zooms and covers: mouse, touch, pen, wheel, and the keyboard.

import { frame } from "../live/paint.mjs";
import { ARROWS, passed, placeIn } from "../live/pointing.mjs";
import { Cover } from "./cover.mjs";
import { SIDE } from "./network.mjs";
import { View } from "./view.mjs";

const SHOWN = 3 * SIDE;
const STEP = 1 / 28; // of the brush, by arrow key, in the square
const PAN = 0.05; // of the photograph, by arrow key
const ZOOM = 1.2; // by key, and by turn of the wheel

const square = (side, options) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas.getContext("2d", options);
};

/** Shows a photograph and what lies over it; calls `changed()` if the network has to look again, and `say(text)`. */
export class Stage {
  constructor(canvas, { changed, say }) {
    [canvas.width, canvas.height] = [SHOWN, SHOWN];
    Object.assign(this, { canvas, changed, say, tool: "move", fill: "grey", width: 0.14, region: null });
    Object.assign(this, { pointers: new Map(), cursor: { x: 0.5, y: 0.5 }, down: false, hover: null });
    this.context = canvas.getContext("2d");
    this.input = square(SIDE, { willReadFrequently: true });
    this.heat = square(SIDE);
    this.pixels = this.heat.createImageData(SIDE, SIDE);
    this.hot = false;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.end(event));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.paint());
    canvas.addEventListener("blur", () => this.lift());
  }

  /** Show another photograph, uncovered and whole. */
  show(bitmap, pixels) {
    this.bitmap?.close();
    this.bitmap = bitmap;
    this.view = new View(bitmap.width, bitmap.height);
    this.cover = new Cover(bitmap, pixels);
    this.update();
  }

  /** What the network gets: (224, 224, 3) bytes. */
  get rgb() {
    this.cover.draw(this.input, this.view);
    const { data } = this.input.getImageData(0, 0, SIDE, SIDE);
    const rgb = new Uint8Array(SIDE * SIDE * 3);
    for (let k = 0, j = 0; j < rgb.length; k += 4) {
      rgb[j++] = data[k];
      rgb[j++] = data[k + 1];
      rgb[j++] = data[k + 2];
    }
    return rgb;
  }

  /** Lay heat over the photograph: `fill` writes its (224, 224) pixels; without it there is none. */
  lay(fill) {
    this.hot = !!fill;
    if (fill) {
      fill(new Uint32Array(this.pixels.data.buffer));
      this.heat.putImageData(this.pixels, 0, 0);
    }
    this.paint();
  }

  /** Paint before the next frame. */
  paint() {
    if (!this.view || this.waiting) return;
    this.waiting = true;
    // A finger that could not move the photograph up or down scrolls the page.
    const fixed = this.tool === "move" && this.view.height - this.view.side < 1;
    this.canvas.style.touchAction = fixed ? "pan-y" : "none";
    requestAnimationFrame(() => {
      this.waiting = false;
      this.compose(this.context);
      this.mark();
    });
  }

  /** Photograph, cover and heat on all of a context. */
  compose(context) {
    const { width } = context.canvas;
    this.cover.draw(context, this.view);
    context.imageSmoothingQuality = "high";
    if (this.hot) context.drawImage(this.heat.canvas, 0, 0, width, width);
  }

  mark() {
    if (this.region) {
      const { top, left, height, width } = this.region;
      const places = [left, top, width, height];
      frame(this.context, 3, ...places.map((place) => (place * SHOWN) / SIDE));
    }
    const brush = this.hover ?? (this.canvas.matches(":focus-visible") ? this.cursor : null);
    if (this.tool !== "cover" || !brush) return;
    this.context.beginPath();
    this.context.arc(brush.x * SHOWN, brush.y * SHOWN, (this.width * SHOWN) / 2, 0, 2 * Math.PI);
    for (const [colour, line] of [["#000000", 5], ["#ffffff", 2]]) {
      Object.assign(this.context, { strokeStyle: colour, lineWidth: line });
      this.context.stroke();
    }
  }

  // By mouse, touch or pen

  place(event) {
    return placeIn(this.canvas, event, 1, 1);
  }

  begin(event) {
    if (!this.view || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.tool === "cover" && this.pointers.size === 1) this.stroke(this.place(event));
  }

  go(event) {
    if (!this.view) return;
    const before = this.pointers.get(event.pointerId);
    this.point(event.pointerType === "touch" ? null : this.place(event));
    if (!before) return;
    if (this.tool === "cover") {
      if (this.pointers.size > 1) return;
      for (const step of passed(event)) this.cover.add(this.view.toPhotograph(this.place(step)), this.view);
      this.pointers.set(event.pointerId, this.place(event));
    } else this.drag(event.pointerId, before, this.place(event));
    this.update();
  }

  /** With one finger the photograph is moved, with two zoomed about their middle. */
  drag(pointer, before, after) {
    const other = [...this.pointers].find(([id]) => id !== pointer)?.[1];
    this.pointers.set(pointer, after);
    if (!other) return this.view.move(before.x - after.x, before.y - after.y);
    const apart = (one) => Math.max(Math.hypot(one.x - other.x, one.y - other.y), 0.02);
    this.view.zoom(apart(after) / apart(before), (before.x + other.x) / 2, (before.y + other.y) / 2);
    this.view.move((before.x - after.x) / 2, (before.y - after.y) / 2);
  }

  end(event) {
    this.pointers.delete(event.pointerId);
  }

  point(place) {
    this.hover = this.tool === "cover" ? place : null;
    if (this.tool === "cover") this.paint();
  }

  /** The wheel scrolls the page, as everywhere, unless the photograph has the focus or Control is held. */
  wheel(event) {
    if (!this.view || !(event.ctrlKey || this.canvas.matches(":focus"))) return;
    event.preventDefault();
    const { x, y } = this.place(event);
    this.view.zoom(ZOOM ** (-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY) / 100, 1)), x, y);
    this.update();
  }

  // By keyboard

  key(event) {
    if (!this.view || event.altKey || event.metaKey) return;
    if (event.ctrlKey) {
      if (event.key.toLowerCase() !== "z") return;
      this.undo();
    } else if (!(this.zoomKey(event.key) || this.moveKey(event.key) || this.brushKey(event.key))) return;
    event.preventDefault();
  }

  zoomKey(key) {
    if (key === "+" || key === "=") this.view.zoom(ZOOM);
    else if (key === "-") this.view.zoom(1 / ZOOM);
    else if (key === "0") this.view.reset();
    else return false;
    this.update();
    this.say(`${this.view}`);
    return true;
  }

  moveKey(key) {
    const step = ARROWS[key];
    if (!step) return false;
    if (this.tool === "move") {
      this.view.move(...step.map((way) => way * PAN));
      this.update();
      this.say(`${this.view}`);
      return true;
    }
    const clip = (place) => Math.min(Math.max(place, STEP / 2), 1 - STEP / 2);
    this.cursor = { x: clip(this.cursor.x + step[0] * STEP), y: clip(this.cursor.y + step[1] * STEP) };
    if (this.down) this.cover.add(this.view.toPhotograph(this.cursor), this.view);
    if (this.down) this.update();
    else this.paint();
    this.say(this.where());
    return true;
  }

  brushKey(key) {
    if (this.tool !== "cover") return false;
    if (key === "Escape") this.lift();
    else if (key === " " || key === "Enter") this.toggle();
    else return false;
    return true;
  }

  toggle() {
    this.down = !this.down;
    if (this.down) this.stroke(this.cursor);
    this.say(`Brush ${this.down ? "down" : "lifted"}. ${this.where()}`);
  }

  lift() {
    if (this.down) this.toggle();
    this.paint();
  }

  where() {
    return `${Math.round(100 * this.cursor.x)}% across, ${Math.round(100 * this.cursor.y)}% down`;
  }

  // Covering

  stroke(place) {
    this.cover.begin(this.fill, (this.width * this.view.side) / 2, this.view.toPhotograph(place), this.view);
    this.update();
  }

  undo() {
    const stroke = this.cover?.undo();
    this.say(stroke ? "The last stroke is undone." : "Nothing is covered.");
    if (stroke) this.update();
  }

  uncover() {
    this.cover.clear();
    this.update();
  }

  update() {
    this.paint();
    this.changed();
  }
}
