// The live page: <digit-lab> draws, asks the worker, and paints what comes back.

import { blueRed, grey, viridis } from "../live/colours.mjs";
import { argMax, correlation, largest, minus, percent, short } from "../live/numbers.mjs";
import { colourBar } from "../live/paint.mjs";
import { ARROWS } from "../live/pointing.mjs";
import { Board } from "./board.mjs";
import { CHALLENGES } from "./challenges.mjs";
import { CLASSES, CONVS, LAYERS, SIDE, receptiveField } from "./engine.mjs";
import { centred } from "./ink.mjs";
import { MARKUP } from "./markup.mjs";
import { Picture, Sheet } from "./panels.mjs";
import { STYLES } from "./styles.mjs";

const PIXELS = SIDE * SIDE;
const FIRST = 4; // the example that the page begins with
const QUIET = 600; // milliseconds without news before the answer is announced
const MAPS = {
  saliency: { name: "Saliency map", colours: viridis },
  gradCam: { name: "Grad-CAM", colours: viridis },
  occlusion: { name: "Occlusion map", colours: blueRed, signed: true },
};

class DigitLab extends HTMLElement {
  connectedCallback() {
    if (this.worker) return;
    this.help(true);
    const address = new URL("worker.mjs", import.meta.url);
    address.search = new URLSearchParams(location.search).get("engine") === "plain" ? "?engine=plain" : "";
    this.worker = new Worker(address, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.receive(data));
    this.worker.addEventListener("error", () => this.fail("the network could not be started"));
  }

  /** What the worker says. The picture and the line that the page came with stay until it is ready. */
  receive(message) {
    if (message.type === "ready") this.begin(message);
    else if (message.type === "failed") this.fail(message.message);
    else this.take(message);
  }

  fail(why) {
    this.help(false);
    this.line.textContent = `The live page could not start: ${why}`;
  }

  /** While the network is loaded, a line says so instead of how to serve the page. */
  help(loading) {
    if (!this.line) this.prepend((this.line = document.createElement("p")));
    this.line.textContent = "Loading the network (0.9 MB) ...";
    for (const help of this.querySelectorAll(".help")) help.hidden = loading;
  }

  begin({ examples, engine, why }) {
    Object.assign(this, { examples, asked: 0, waiting: false, next: null, pinned: null, unit: null });
    Object.assign(this, { results: null, settings: { patch: 7, stride: 2, baseline: 0.5, randomised: 0 } });
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = MARKUP;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.byId = (id) => root.getElementById(id);
    this.all = (selector) => [...root.querySelectorAll(selector)];
    this.prepare();
    this.listen();
    this.field = new Picture(this.byId("field"), SIDE, 8);
    this.byId("engine").textContent = `Engine: ${engine} (${why}). Everything runs in this browser.`;
    this.load(FIRST);
    this.dataset.ready = engine;
  }

  prepare() {
    this.board = new Board(this.all(".board")[0], {
      changed: (time) => this.look(time),
      say: (text) => (this.byId("cursor").textContent = text),
    });
    this.pictures = {};
    for (const figure of this.all("[data-map]")) {
      const name = figure.dataset.map;
      const [heat, bar, small] = figure.querySelectorAll("canvas");
      this.pictures[name] = { figure, heat: new Picture(heat), small: small && new Picture(small, SIDE, 4) };
      colourBar(bar, MAPS[name]?.colours ?? grey);
    }
    this.sheets = this.all(".sheet").map((canvas, conv) => new Sheet(canvas, conv));
    new ResizeObserver(() => this.arrange()).observe(this);
    for (const { canvas } of this.sheets) colourBar(canvas.parentElement.querySelector(".scale canvas"), viridis);
    this.all("[data-example]").forEach((button, k) => {
      new Picture(button.firstElementChild, SIDE, 2).paint(this.example(k), grey, 0, 1);
    });
  }

  listen() {
    const on = (id, type, act) => this.byId(id).addEventListener(type, act);
    on("undo", "click", () => this.board.undo());
    on("clear", "click", () => this.board.show(new Float32Array(PIXELS)));
    on("centre", "change", () => this.look());
    on("own", "change", () => this.paint());
    on("patch", "input", () => this.set("patch", Number(this.byId("patch").value)));
    on("stride", "input", () => this.set("stride", Number(this.byId("stride").value)));
    on("baseline", "change", () => this.set("baseline", Number(this.byId("baseline").value)));
    on("hide", "click", () => this.choose(null));
    on("random", "input", () => this.set("randomised", Number(this.byId("random").value)));
    for (const radio of this.all("[name=tool]")) {
      radio.addEventListener("change", () => (this.board.tool = radio.value));
    }
    this.all("[data-class]").forEach((button, c) => button.addEventListener("click", () => this.pin(c)));
    this.all("[data-example]").forEach((button, k) => button.addEventListener("click", () => this.load(k)));
    this.all("[data-challenge] button").forEach((button, k) => {
      button.addEventListener("click", () => this.challenge(k));
    });
    for (const sheet of this.sheets) this.listenTo(sheet);
  }

  listenTo(sheet) {
    const { canvas } = sheet;
    for (const type of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(type, (event) => this.choose(sheet.unitAt(event) ?? this.unit));
    }
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible")) this.choose({ conv: sheet.conv, map: 0, row: 0, column: 0 });
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.choose(null);
      const step = ARROWS[event.key];
      if (!step) return;
      event.preventDefault();
      const reach = event.shiftKey ? sheet.side : 1; // with Shift from map to map
      const from = this.unit?.conv === sheet.conv ? this.unit : { map: 0, row: 0, column: 0 };
      this.choose(sheet.moved(from, step[0] * reach, step[1] * reach));
      this.byId("cursor").textContent = this.byId("unit").textContent;
    });
  }

  arrange() {
    const changed = this.sheets.filter((sheet) => sheet.arrange(this.clientWidth));
    if (this.results) for (const { conv } of changed) this.paintSheet(conv);
  }

  example(k) {
    return this.examples.subarray(k * PIXELS, (k + 1) * PIXELS);
  }

  load(k) {
    this.board.show(this.example(k));
  }

  set(name, value) {
    this.settings[name] = value;
    const { patch, stride } = this.settings;
    if (stride > patch) this.settings[name === "patch" ? "stride" : "patch"] = value; // no pixel may be missed
    for (const id of ["patch", "stride"]) {
      this.byId(id).value = this.settings[id];
      this.byId(`${id}-value`).value = this.settings[id];
    }
    const random = LAYERS.slice(LAYERS.length - this.settings.randomised).reverse();
    this.byId("random-value").value = random.join(", ") || "none";
    this.look();
  }

  // Asking

  /** Have the worker look at the drawing as it is now. While it begins with one, only the newest waits. */
  look(time = performance.now()) {
    const fit = this.byId("centre").checked ? centred(this.board.ink) : null;
    this.fit = fit ?? { image: this.board.ink.slice(), scale: 1, left: 0, top: 0 };
    this.outline();
    this.next = { id: ++this.asked, image: this.fit.image, ...this.settings };
    this.times = { ...this.times, [this.asked]: time };
    this.send();
  }

  send() {
    if (this.waiting || !this.next) return;
    this.worker.postMessage(this.next);
    [this.waiting, this.sent, this.next] = [true, this.next, null];
  }

  take({ type, id, shown, trained }) {
    if (type === "maps") {
      this.results = { id, image: this.sent.image, shown, trained };
      this.waiting = false;
      this.send();
      this.paint();
      this.judge();
    } else if (id === this.results.id) {
      this.results.shown.occlusion = shown;
      if (trained) this.results.trained.occlusion = trained;
      this.paintMap("occlusion");
    } else return;
    this.report(id, type);
  }

  /** Tell whoever measures that something is on the page, and how long after the stroke. */
  report(id, stage) {
    const since = this.times[id];
    const detail = { id, stage, drawn: performance.now() - since, next: null };
    if (stage === "occlusion") for (const old of Object.keys(this.times)) if (old <= id) delete this.times[old];
    requestAnimationFrame(() => {
      detail.next = performance.now() - since;
      this.dispatchEvent(new CustomEvent("painted", { detail }));
    });
  }

  // Painting

  get explained() {
    return this.pinned ?? argMax(this.results.shown.logits);
  }

  pin(c) {
    this.pinned = this.pinned === c ? null : c;
    this.paint();
  }

  paint() {
    if (!this.results) return;
    const { shown } = this.results;
    this.paintBars(shown);
    this.paintSeen();
    for (const name of Object.keys(MAPS)) this.paintMap(name);
    this.sheets.forEach((_, conv) => this.paintSheet(conv));
    this.paintClose();
    this.paintSanity();
    this.announce();
  }

  paintBars({ probabilities, logits }) {
    this.all("[data-class]").forEach((button, c) => {
      const share = percent(probabilities[c]);
      button.querySelector(".fill").style.transform = `scaleX(${probabilities[c]})`;
      button.querySelector(".share").textContent = share;
      button.querySelector(".logit").textContent = minus(logits[c].toFixed(1));
      button.setAttribute("aria-pressed", c === this.explained);
      button.setAttribute("aria-label", `${c}: ${share}, logit ${minus(logits[c].toFixed(1))}. Explain this class`);
    });
    this.byId("explained").textContent =
      this.pinned === null
        ? `The maps explain the network's answer, ${this.explained}. Click any class to ask about that one.`
        : `The maps explain ${this.explained}, which you chose. Click it again to follow the network's answer.`;
  }

  paintSeen() {
    const { heat } = this.pictures.seen;
    heat.paint(this.results.image, grey, 0, 1);
    if (this.unit) heat.frame(receptiveField(this.unit.conv, this.unit.row, this.unit.column));
  }

  of(maps) {
    return maps.subarray(this.explained * PIXELS, (this.explained + 1) * PIXELS);
  }

  paintMap(name) {
    const { figure, heat, small } = this.pictures[name];
    const { colours, signed, name: title } = MAPS[name];
    const maps = this.results.shown[name];
    figure.classList.toggle("stale", !maps); // it is on its way
    if (!maps) return;
    const map = this.of(maps);
    const high = largest(this.byId("own").checked ? map : maps);
    heat.paint(map, colours, signed ? -high : 0, high);
    heat.outline(this.results.image);
    figure.querySelector(".low").textContent = signed ? `−${short(high)}` : "0";
    figure.querySelector(".high").textContent = signed ? `+${short(high)}` : short(high);
    const most = short(largest(map));
    heat.canvas.setAttribute("aria-label", `${title} for class ${this.explained}, at most ${most} of ${short(high)}`);
    this.paintTrained(name, figure.querySelector(".trained"), small);
  }

  paintTrained(name, row, small) {
    const { shown, trained } = this.results;
    row.hidden = !trained?.[name];
    if (row.hidden) return;
    const { colours, signed } = MAPS[name];
    const map = this.of(trained[name]);
    const high = largest(this.byId("own").checked ? map : trained[name]);
    small.paint(map, colours, signed ? -high : 0, high);
    const alike = correlation(this.of(shown[name]), map);
    small.canvas.setAttribute("aria-label", `The trained network's ${MAPS[name].name}`);
    row.lastElementChild.textContent = `trained; correlation ${Number.isNaN(alike) ? "none: one is flat" : minus(alike.toFixed(2))}`;
  }

  paintSheet(conv) {
    const sheet = this.sheets[conv];
    sheet.paint(this.results.shown[CONVS[conv].name], viridis, this.unit?.conv === conv ? this.unit : null);
    sheet.canvas.parentElement.querySelector(".high").textContent = short(sheet.largest);
  }

  paintSanity() {
    const { randomised } = this.settings;
    this.byId("random-says").textContent = randomised
      ? "Beside each map: that of the trained network for the same drawing and class, and Pearson's correlation of the two."
      : "Move the slider: the last layer gets random weights, then the last two, and so on up to the whole network.";
  }

  /** Say the answer when it has stood for a while. */
  announce() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      const { probabilities } = this.results.shown;
      const answer = argMax(probabilities);
      const empty = this.results.image.every((ink) => ink === 0) ? "The board is empty. " : "";
      const text = `${empty}The network says ${answer}, ${percent(probabilities[answer])}. Explaining ${this.explained}.`;
      if (this.byId("news").textContent !== text) this.byId("news").textContent = text;
    }, QUIET);
  }

  // One value of a feature map, and what it sees

  /** Choose a value, {conv, map, row, column}, or none: null. */
  choose(unit) {
    const before = this.unit;
    if (JSON.stringify(unit) === JSON.stringify(before)) return;
    this.unit = unit;
    for (const chosen of [before, unit]) if (chosen) this.paintSheet(chosen.conv);
    this.paintSeen();
    this.paintClose();
    this.outline();
  }

  /** The receptive field in the drawing: from the network's image back to before it was centred. */
  outline() {
    this.board.region = null;
    if (this.unit) {
      const field = receptiveField(this.unit.conv, this.unit.row, this.unit.column);
      const { scale, left, top } = this.fit;
      const clip = (place) => Math.min(Math.max(place, 0), SIDE);
      this.board.region = {
        left: clip(field.left / scale + left),
        right: clip(field.right / scale + left),
        top: clip(field.top / scale + top),
        bottom: clip(field.bottom / scale + top),
      };
    }
    this.board.paint();
  }

  paintClose() {
    const text = this.byId("unit");
    text.parentElement.classList.toggle("empty", !this.unit);
    if (!this.unit) {
      text.textContent = "Point at a value of a map, or go there with Tab and the arrow keys: what it sees is framed in the drawing.";
      return;
    }
    const { conv, map, row, column } = this.unit;
    const { name, side, channels } = CONVS[conv];
    const values = this.results.shown[name];
    const own = Float32Array.from({ length: side * side }, (_, place) => values[place * channels + map]);
    const { left, right, top, bottom } = receptiveField(conv, row, column);
    const picture = new Picture(this.byId("close"), side, 224 / side);
    picture.paint(own, viridis, 0, this.sheets[conv].largest);
    picture.frame({ left: column, right: column + 1, top: row, bottom: row + 1 });
    this.field.paint(this.results.image, grey, 0, 1);
    this.field.frame({ left, right, top, bottom });
    text.textContent =
      `${name}, map ${map + 1} of ${channels}, row ${row + 1}, column ${column + 1}: ${short(own[row * side + column])}. ` +
      `It sees rows ${top + 1} to ${bottom}, columns ${left + 1} to ${right}.`;
  }

  // Challenges

  challenge(k) {
    const { digit, tool } = CHALLENGES[k];
    this.trial = { k, start: digit === null ? new Float32Array(PIXELS) : this.example(digit).slice() };
    this.pinned = null;
    this.choose(null);
    this.byId("centre").checked = digit === null; // with a given digit, single pixels count
    this.byId("random").value = 0;
    this.set("randomised", 0);
    this.all("[name=tool]").find((radio) => radio.value === tool).click();
    this.board.show(this.trial.start);
    this.all(".top")[0].scrollIntoView({ block: "start" });
    this.all(".board")[0].focus({ preventScroll: true });
  }

  judge() {
    this.all("[data-challenge]").forEach((card, k) => card.classList.toggle("on", this.trial?.k === k));
    if (!this.trial || this.settings.randomised) return;
    const { k, start } = this.trial;
    const probabilities = Array.from(this.results.shown.probabilities);
    const verdict = CHALLENGES[k].judge({ board: this.results.image, start, probabilities });
    const card = this.all("[data-challenge]")[k];
    card.querySelector("button").textContent = "Start again";
    card.querySelector(".says").textContent = verdict.says;
    const line = this.byId("trial");
    line.hidden = false;
    line.classList.toggle("solved", verdict.solved);
    line.textContent = `${verdict.solved ? "✓ Solved: " : ""}${CHALLENGES[k].title}. ${verdict.says}`;
    if (!verdict.solved) return;
    this.best = this.best ?? {};
    const score = Math.min(verdict.score ?? 0, this.best[k] ?? Infinity);
    const first = this.best[k] !== score;
    this.best[k] = score;
    card.classList.add("solved");
    card.querySelector(".badge").textContent = verdict.score ? `✓ solved with ${score}` : "✓ solved";
    if (first) this.byId("cursor").textContent = `Solved: ${CHALLENGES[k].title}. ${verdict.says}`;
  }
}

customElements.define("digit-lab", DigitLab);
