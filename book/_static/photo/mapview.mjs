// The four maps side by side, and the one that lies over the large photograph.

import { argMax, correlation, largest, minus, short } from "../live/numbers.mjs";
import { colourBar } from "../live/paint.mjs";
import { Fall, enlarged, heat } from "./heat.mjs";
import { MAPS } from "./maps.mjs";
import { SIDE } from "./network.mjs";

const GRID = 7; // places across and down in Grad-CAM's maps
const SHOWN = 336; // pixels of a map on the page

const sheet = (side) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas.getContext("2d");
};
const cut = (map) => map.map((value) => Math.max(value, 0));

/** Paints maps; `names` are those of the classes. */
export class MapView {
  constructor({ byId, all }, stage, names) {
    Object.assign(this, { byId, stage, names, answer: null, fall: null, over: "first", maps: {} });
    this.figures = {};
    this.rivals = all(".rival");
    for (const figure of all("[data-map]")) {
      const id = figure.dataset.map;
      const [canvas, bar, small] = figure.querySelectorAll("canvas");
      for (const one of [canvas, small]) [one.width, one.height] = [SHOWN, SHOWN];
      this.figures[id] = { figure, canvas, small, part: (name) => figure.querySelector(`.${name}`) };
      colourBar(bar, MAPS[id].colours);
    }
    this.base = sheet(SHOWN); // the covered photograph, without heat
    this.layer = sheet(SIDE);
    this.pixels = new ImageData(SIDE, SIDE);
  }

  /** All maps of an answer: {values (224, 224), high, raw, of: what they explain}, or nothing. */
  take(answer) {
    const same = this.answer?.rgb === answer.rgb && this.answer.forgotten === answer.forgotten;
    const occlusion = same && this.answer.first.index === answer.first.index ? this.maps.occlusion : null;
    if (!occlusion) this.fall = null;
    this.answer = answer;
    const own = this.byId("own").checked;
    const { first, second } = answer;
    const maps = [first, second].map((one) => one && cut(one.map));
    const peaks = maps.map((map) => (map ? largest(map) : 0));
    const common = Math.max(...peaks);
    const cam = (k, one) => one && this.enlarge(maps[k], own ? peaks[k] : common, this.names[one.index]);
    this.maps = { first: cam(0, first), second: cam(1, second), difference: null, occlusion };
    if (second) {
      const map = first.map.map((value, k) => value - second.map[k]);
      this.maps.difference = this.enlarge(map, largest(map), `${this.names[first.index]} − ${this.names[second.index]}`);
    }
    this.rival = argMax(answer.logits.map((logit, c) => (c === first.index ? -Infinity : logit)));
    for (const button of this.rivals) button.textContent = `Compare with ${this.names[this.rival]}`;
    this.paint();
  }

  enlarge(raw, high, of) {
    return { raw, high, of, peak: largest(raw), values: enlarged(raw, GRID, GRID, SIDE) };
  }

  /** Begin an occlusion map of the class that is explained. */
  beginFall(patch) {
    this.fall = new Fall(SIDE, patch);
    return this.fall;
  }

  /** Show what occlusion has measured so far. */
  paintFall(fall) {
    if (fall !== this.fall) return; // the photograph is another one by now
    const values = this.fall.map;
    const high = largest(values);
    this.maps.occlusion = { raw: values, values, high, peak: high, of: this.names[this.answer.first.index] };
    this.paintMap("occlusion");
    if (this.over === "occlusion") this.lay();
  }

  /** Whatever is shown is no longer that of the photograph. */
  fade() {
    for (const { figure } of Object.values(this.figures)) figure.classList.add("stale");
  }

  paint() {
    this.stage.cover.draw(this.base, this.stage.view);
    for (const id of Object.keys(MAPS)) this.paintMap(id);
    this.lay();
  }

  /** Lay a map over the photograph, or nothing. */
  choose(over) {
    this.over = over;
    this.lay();
  }

  lay() {
    const map = this.maps[this.over];
    const { colours, signed } = MAPS[this.over] ?? {};
    this.stage.lay(map && ((words) => heat(words, map.values, map.high, colours, signed)));
  }

  paintMap(id) {
    const { figure, canvas, part } = this.figures[id];
    const map = this.maps[id];
    figure.classList.remove("stale");
    figure.classList.toggle("none", !map);
    const context = canvas.getContext("2d");
    context.drawImage(this.base.canvas, 0, 0);
    part("of").textContent = map ? map.of : this.missing(id);
    part("trained").hidden = true;
    if (!map) {
      part("low").textContent = part("high").textContent = "";
      canvas.setAttribute("aria-label", `${MAPS[id].name}: ${this.missing(id)}`);
      return;
    }
    this.spread(context, map, id);
    const { signed, name } = MAPS[id];
    part("low").textContent = signed ? `−${short(map.high)}` : "0";
    part("high").textContent = signed ? `+${short(map.high)}` : short(map.high);
    canvas.setAttribute("aria-label", `${name} of ${map.of}, at most ${short(map.peak)}. ${this.hottest(map)}`);
    const trained = this.answer.trained?.[id];
    if (trained) this.paintTrained(id, map, trained);
  }

  spread(context, { values, high }, id) {
    heat(new Uint32Array(this.pixels.data.buffer), values, high, MAPS[id].colours, MAPS[id].signed);
    this.layer.putImageData(this.pixels, 0, 0);
    context.drawImage(this.layer.canvas, 0, 0, context.canvas.width, context.canvas.height);
  }

  paintTrained(id, map, signedMap) {
    const { small, part } = this.figures[id];
    const context = small.getContext("2d");
    const raw = cut(signedMap);
    context.drawImage(this.base.canvas, 0, 0);
    this.spread(context, this.enlarge(raw, largest(raw), map.of), id);
    const alike = correlation(map.raw, raw);
    const says = Number.isNaN(alike) ? "none: one is flat" : minus(alike.toFixed(2));
    small.setAttribute("aria-label", `The trained network’s ${MAPS[id].name} of ${map.of}`);
    part("trained").lastElementChild.textContent = `trained; correlation ${says}`;
    part("trained").hidden = false;
  }

  missing(id) {
    return id === "occlusion" ? "not yet computed" : "no second class yet";
  }

  /** In words, where a map has its largest value. */
  hottest({ values, peak }) {
    if (!peak) return "It is zero everywhere.";
    const at = values.indexOf(Math.max(...values));
    const third = (place, names) => names[Math.min(Math.floor((3 * place) / SIDE), 2)];
    const down = third(Math.floor(at / SIDE), ["top", "middle", "bottom"]);
    const across = third(at % SIDE, ["left", "middle", "right"]);
    return `Most ${down === across ? "in the middle" : `at the ${down} ${across}`}.`;
  }
}
