// The board that one draws on: mouse, touch, pen, and the keyboard.

import { grey } from "../live/colours.mjs";
import { ARROWS, passed, placeIn } from "../live/pointing.mjs";
import { SIDE } from "./engine.mjs";
import { draw, erase } from "./ink.mjs";
import { Picture } from "./panels.mjs";

const KEPT = 50; // strokes that can be undone

/** Holds the drawing in `ink` (784 values from 0 to 1); calls `changed(time)` and `say(text)`. */
export class Board {
  constructor(canvas, { changed, say }) {
    this.picture = new Picture(canvas, SIDE, 20);
    Object.assign(this, { canvas, changed, say, tool: "pen", ink: new Float32Array(SIDE * SIDE) });
    Object.assign(this, { past: [], last: null, cursor: { x: 14, y: 14 }, down: false, region: null });
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.last = null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.paint());
    canvas.addEventListener("blur", () => this.lift());
  }

  paint() {
    this.picture.paint(this.ink, grey, 0, 1);
    this.picture.grid();
    if (this.region) this.picture.frame(this.region);
    if (!this.canvas.matches(":focus-visible")) return;
    const { x, y } = this.cursor;
    this.picture.frame({ left: x, right: x + 1, top: y, bottom: y + 1 });
  }

  /** Where an event is, in pixels of the drawing. */
  place(event) {
    return placeIn(this.canvas, event, SIDE, SIDE);
  }

  begin(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.remember();
    this.last = this.place(event);
    this.mark(this.last, this.last, event.timeStamp);
  }

  go(event) {
    if (!this.last || !event.isPrimary) return;
    for (const step of passed(event)) {
      const place = this.place(step);
      this.apply(this.last, place);
      this.last = place;
    }
    this.update(event.timeStamp);
  }

  key(event) {
    const step = ARROWS[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (step) this.move(...step, event.timeStamp);
    else if (event.key === " " || event.key === "Enter") this.toggle(event.timeStamp);
    else if (event.key === "Delete" || event.key === "Backspace") this.wipe(event.timeStamp);
    else if (event.key === "Escape") this.lift();
    else return;
    event.preventDefault();
  }

  move(right, down, time) {
    const clip = (place) => Math.min(Math.max(place, 0), SIDE - 1);
    const from = this.cursor;
    this.cursor = { x: clip(from.x + right), y: clip(from.y + down) };
    if (this.down) this.mark(middle(from), middle(this.cursor), time);
    else this.paint();
    this.say(this.where());
  }

  toggle(time) {
    this.down = !this.down;
    const name = this.tool === "pen" ? "Pen" : "Eraser";
    if (this.down) {
      this.remember();
      this.mark(middle(this.cursor), middle(this.cursor), time);
    }
    this.say(`${name} ${this.down ? "down" : "lifted"}. ${this.where()}`);
  }

  wipe(time) {
    this.remember();
    erase(this.ink, middle(this.cursor), middle(this.cursor));
    this.update(time);
    this.say(`Erased. ${this.where()}`);
  }

  lift() {
    if (this.down) this.toggle();
    this.paint();
  }

  where() {
    const { x, y } = this.cursor;
    return `Row ${y + 1}, column ${x + 1}, ${Math.round(this.ink[y * SIDE + x] * 100)}% ink`;
  }

  apply(from, to) {
    (this.tool === "pen" ? draw : erase)(this.ink, from, to);
  }

  mark(from, to, time) {
    this.apply(from, to);
    this.update(time);
  }

  update(time) {
    this.paint();
    this.changed(time);
  }

  remember() {
    this.past.push(this.ink.slice());
    if (this.past.length > KEPT) this.past.shift();
  }

  undo() {
    if (!this.past.length) return;
    this.ink = this.past.pop();
    this.update();
  }

  /** Put another drawing on the board. */
  show(ink) {
    this.remember();
    this.ink = Float32Array.from(ink);
    this.update();
  }
}

const middle = ({ x, y }) => ({ x: x + 0.5, y: y + 0.5 });
