// The page once the network is loaded: what is done here is asked there, and what comes back is painted.

import { argMax, percent } from "../live/numbers.mjs";
import { Answers } from "./answers.mjs";
import { Asker } from "./asker.mjs";
import { Client } from "./client.mjs";
import { FeatureView } from "./featureview.mjs";
import { MapView } from "./mapview.mjs";
import { MAPS } from "./maps.mjs";
import { MARKUP } from "./markup.mjs";
import { DEPTHS, LAYERS } from "./network.mjs";
import { captioned, download } from "./save.mjs";
import { Sources } from "./sources.mjs";
import { Stage } from "./stage.mjs";
import { STYLES } from "./styles.mjs";
import { TRIALS } from "./trials.mjs";

const STRIDES = 2; // steps of an occlusion patch over its own width
const QUIET = 600; // milliseconds without news before the answer is announced
const here = (name) => new URL(name, import.meta.url);
const startWorker = (name) => new Client(new Worker(here(name), { type: "module" }));

/** Load everything that will ever be needed, and begin in the element; an Error says why not. */
export async function begin(host, progress) {
  const client = startWorker("worker.mjs");
  const loaded = client.ask("load", {}, { step: ({ loaded: now, total }) => progress(now / total) });
  const [ready, examples] = await Promise.all([loaded, loadExamples()]).catch((problem) => {
    client.worker.terminate();
    throw problem;
  });
  const focused = host.contains(document.activeElement);
  host.lab = new Lab(host, { client, opener: startWorker("opener.mjs"), ready, examples });
  host.replaceChildren();
  if (focused) host.lab.byId("file").focus({ preventScroll: true });
  host.dataset.ready = ready.cached ? "cached" : "loaded";
}

/** The course's own photographs as files, with what they show and whose they are. */
async function loadExamples() {
  const answer = await fetch(here("pictures/pictures.json"));
  if (!answer.ok) throw new Error(`The course’s photographs could not be loaded (${answer.status}).`);
  const list = await answer.json();
  return Promise.all(list.map(async (one) => {
    const picture = await fetch(here(`pictures/${one.name}.jpg`));
    if (!picture.ok) throw new Error(`${one.name}.jpg could not be loaded (${picture.status}).`);
    return { ...one, blob: await picture.blob() };
  }));
}

/** Red, green and blue of a square, on average. */
function meanColour(rgb) {
  const sums = [0, 0, 0];
  rgb.forEach((value, k) => (sums[k % 3] += value));
  return sums.map((sum) => Math.round((3 * sum) / rgb.length));
}

class Lab {
  constructor(host, { client, opener, ready, examples }) {
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = MARKUP;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.byId = (id) => root.getElementById(id);
    this.all = (selector) => [...root.querySelectorAll(selector)];
    Object.assign(this, { host, client, names: ready.names, answer: null, pinned: null, second: null, waitsForRgb: false });
    const parts = { byId: this.byId, all: this.all, host };
    const say = (text) => (this.byId("cursor").textContent = text);
    this.stage = new Stage(this.byId("stage"), { changed: () => this.changed(), say });
    this.asker = new Asker(client, { show: (answer) => this.show(answer), failed: (problem) => this.failed(problem) });
    this.answers = new Answers(parts, this.names, {
      explain: (c) => this.explain(c),
      compare: (c) => this.compare(c),
    });
    this.view = new MapView(parts, this.stage, this.names);
    this.features = new FeatureView(parts, this.stage, DEPTHS.map(({ name }) => name), {
      changed: () => this.asker.want({ layer: this.features.wanted }),
      say,
    });
    this.sources = new Sources(parts, opener, examples, (photograph) => this.take(photograph));
    this.listen();
    new ResizeObserver(() => this.features.arrange(host.clientWidth)).observe(host);
    this.byId("random").max = LAYERS.length;
    this.byId("engine").textContent = `Engine: TensorFlow.js, WebAssembly with SIMD, one thread. Everything runs in this browser; no photograph leaves it.`;
    this.sources.example(0).then(() => host.given && this.sources.files(host.given));
  }

  listen() {
    const on = (id, type, act) => this.byId(id).addEventListener(type, act);
    const { stage } = this;
    for (const radio of this.all("[name=over]")) radio.addEventListener("change", () => this.lay(radio.value));
    for (const radio of this.all("[name=tool]")) radio.addEventListener("change", () => this.use(radio.value));
    on("undo", "click", () => stage.undo());
    on("uncover", "click", () => stage.uncover());
    on("zoom", "input", () => this.zoom(Number(this.byId("zoom").value)));
    on("fill", "change", () => this.setBrush(this.byId("fill").value, 100 * stage.width));
    on("brush", "input", () => this.setBrush(stage.fill, Number(this.byId("brush").value)));
    for (const button of this.all(".rival")) button.addEventListener("click", () => this.compare(this.view.rival));
    on("own", "change", () => this.answer && this.view.take(this.answer));
    on("occlude", "click", () => (this.asker.occluding ? this.halt() : this.occlude()));
    on("random", "input", () => this.forget(Number(this.byId("random").value)));
    on("save", "click", () => this.save());
    this.all("[data-trial] button").forEach((button, k) => button.addEventListener("click", () => this.try(k)));
  }

  /** Whether all that was asked for is painted. */
  get settled() {
    const waits = this.waitsForRgb || this.settingUp || this.sources.opening || this.asker.occluding;
    return !!this.answer && !waits && this.asker.settled;
  }

  // What the reader does

  /** Show another photograph. */
  take({ bitmap, pixels, name, notes, credit }) {
    Object.assign(this, { name, credit, pinned: null, second: null });
    this.byId("about").textContent = [credit, ...notes].filter(Boolean).join(" ");
    Object.assign(this.asker.wanted, { first: null, second: null });
    if (this.view.over !== "nothing") this.press("over", "first");
    this.stage.show(bitmap, pixels);
  }

  use(tool) {
    this.stage.tool = tool;
    this.stage.hover = null;
    this.stage.canvas.classList.toggle("cover", tool === "cover");
    for (const settings of this.all("[data-tool]")) settings.hidden = settings.dataset.tool !== tool;
    this.stage.paint();
  }

  /** Lay a map over the photograph; one that is not there yet is made. */
  lay(over) {
    this.view.choose(over);
    if (!this.answer || this.view.maps[over] !== null || this.asker.occluding) return;
    if (over === "occlusion") this.occlude();
    else this.compare(this.view.rival);
  }

  /** With what the brush covers, and its width in percent of the square. */
  setBrush(fill, percentage) {
    Object.assign(this.stage, { fill, width: percentage / 100 });
    this.byId("fill").value = fill;
    this.byId("brush").value = percentage;
    this.byId("brush-value").value = `${Math.round(percentage)}%`;
    this.stage.paint();
  }

  /** Choose one of several, as a click does. */
  press(group, value) {
    this.all(`[name=${group}]`).find((radio) => radio.value === value).click();
  }

  zoom(percentage) {
    const { view } = this.stage;
    const wanted = (view.largest / view.smallest) ** (percentage / 100);
    view.zoom(wanted / view.factor);
    this.stage.update();
  }

  explain(c) {
    this.pinned = this.pinned === c ? null : c;
    this.asker.want({ first: this.pinned });
  }

  compare(c) {
    this.second = this.second === c ? null : c;
    if (this.second === null && this.view.over !== "nothing") this.press("over", "first");
    this.asker.want({ second: this.second });
  }

  /** Give so many layers random weights, from the last one down. */
  forget(count) {
    this.byId("random").value = count;
    this.byId("random-value").value = count ? `${count} of ${LAYERS.length}, down to ${LAYERS.at(-count).name}` : "none";
    this.asker.want({ forgotten: count });
  }

  /** Cover the square patch by patch, and paint what comes of it once a frame. */
  async occlude() {
    if (!this.asker.settled || this.asker.occluding) return;
    this.halted = false;
    this.byId("occlude").textContent = "Stop";
    const patch = Number(this.byId("patch").value);
    const { first, rgb } = this.answer;
    const fill = this.byId("patch-fill").value === "mean" ? meanColour(rgb) : undefined;
    const bar = this.byId("occluded");
    const fall = this.view.beginFall(patch);
    bar.hidden = false;
    let frame = null;
    const step = (part) => {
      fall.add(part);
      bar.value = part.step / part.total;
      this.sayOfOcclusion(`${part.step} of ${part.total}`);
      frame ??= requestAnimationFrame(() => {
        frame = null;
        this.view.paintFall(fall);
      });
    };
    try {
      const whole = await this.asker.occlude(first.index, { patch, stride: patch / STRIDES, fill, step });
      const done = `${fall.count} patches, for ${this.names[first.index]}.`;
      if (this.halted) this.sayOfOcclusion(`Stopped after ${done}`, true);
      else this.sayOfOcclusion(whole ? done : "Stopped, because you changed something.", whole);
    } catch (problem) {
      this.failed(problem);
    }
    bar.hidden = true;
    this.byId("occlude").textContent = "Cover patch by patch";
  }

  /** End it; what is there of the map stays. */
  halt() {
    this.halted = true;
    this.asker.endOcclusion();
  }

  /** A line beside the button; `whole`: it is about a map that is there, and goes with it. */
  sayOfOcclusion(text, whole = false) {
    this.whole = whole;
    this.byId("occlusion-says").textContent = text;
  }

  // What comes of it

  /** The square is another, or what covers it: have the network look as soon as the frame is painted. */
  changed() {
    const { view, cover } = this.stage;
    this.byId("zoom-value").value = `${view.factor.toFixed(1)} times`;
    this.byId("zoom").value = (100 * Math.log(view.factor)) / Math.log(Math.max(view.largest / view.smallest, 1.001));
    this.byId("undo").disabled = this.byId("uncover").disabled = !cover.strokes.length;
    if (this.waitsForRgb) return;
    this.waitsForRgb = true;
    this.began ??= performance.now();
    const ask = () => {
      if (this.asker.busy) return requestAnimationFrame(ask); // nobody would look at what is older by then
      this.waitsForRgb = false;
      this.asker.want({ rgb: this.stage.rgb });
    };
    requestAnimationFrame(ask);
  }

  show(answer) {
    this.answer = answer;
    this.answers.paint(answer);
    this.view.take(answer);
    if (this.whole && !this.view.fall) this.sayOfOcclusion("");
    this.features.take(answer);
    this.announce();
    const took = performance.now() - (this.began ?? performance.now());
    this.began = null;
    this.host.dispatchEvent(new CustomEvent("painted", { detail: { version: this.asker.answered, took } }));
  }

  failed(problem) {
    this.view.fade();
    this.sources.complain(`${problem.message} Reload the page.`);
  }

  /** Say the answer when it has stood for a while. */
  announce() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      const { probabilities, first, second, forgotten } = this.answer;
      const top = argMax(probabilities);
      const parts = [`The network says ${this.names[top]}, ${percent(probabilities[top])}.`, `Explaining ${this.names[first.index]}.`];
      if (second) parts.push(`Comparing ${this.names[second.index]}.`);
      if (forgotten) parts.push(`${forgotten} ${forgotten === 1 ? "layer has" : "layers have"} random weights.`);
      const { ariaLabel } = this.byId("stage").getRootNode().querySelector("[data-map=first] .heat");
      parts.push(ariaLabel.split(". ").at(-1));
      const text = parts.join(" ");
      if (this.byId("news").textContent !== text) this.byId("news").textContent = text;
    }, QUIET);
  }

  /** What the large picture shows, in words. */
  get caption() {
    const map = this.view.maps[this.view.over];
    const { probabilities, forgotten } = this.answer;
    const top = argMax(probabilities);
    const parts = [];
    if (map) parts.push(`${MAPS[this.view.over].name} of ${map.of}, at most ${map.peak.toPrecision(2)}.`, MAPS[this.view.over].not);
    parts.push(`EfficientNet-Lite0 says ${this.names[top]}, ${percent(probabilities[top])}.`);
    if (this.stage.cover.strokes.length) parts.push("Parts of the photograph are covered.");
    if (forgotten) parts.push(`Random weights in the last ${forgotten} of ${LAYERS.length} layers.`);
    if (this.credit) parts.push(this.credit);
    return parts.join(" ");
  }

  save() {
    if (!this.answer) return null;
    const what = MAPS[this.view.over]?.name ?? "photograph";
    return download(captioned(this.stage, this.caption), `${this.name} ${what} ${this.names[this.answer.first.index]}`);
  }

  async try(k) {
    this.settingUp = true;
    await TRIALS[k].setUp(this);
    this.settingUp = false;
    this.all(".top")[0].scrollIntoView({ block: "start" });
    this.stage.canvas.focus({ preventScroll: true });
  }
}
