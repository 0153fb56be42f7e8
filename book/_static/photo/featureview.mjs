// Feature maps: the strongest channels of a layer, and what one value sees.

import { viridis } from "../live/colours.mjs";
import { short } from "../live/numbers.mjs";
import { colourBar, frame } from "../live/paint.mjs";
import { ARROWS } from "../live/pointing.mjs";
import { Sheet } from "../live/sheet.mjs";
import { SIDE, receptiveField } from "./network.mjs";

const SHOWN = 24; // channels
const WIDE = 560; // from this width on, eight in a row, else four
const MAP = 112; // pixels that a map is at least drawn with
const FIELD = 224;

/** Paints feature maps; calls `changed()` if the layer is another, and `say(text)`. */
export class FeatureView {
  constructor({ byId, all }, stage, layers, { changed, say }) {
    Object.assign(this, { byId, all, stage, say, layer: layers[0], features: null, unit: null, wide: true });
    byId("depths").innerHTML = layers.map((name, k) => `
      <label class="choice"><input type="radio" name="depth" value="${name}"${k ? "" : " checked"}><span>${name.replace("_expand", "")}</span></label>`).join("");
    for (const radio of all("[name=depth]")) {
      radio.addEventListener("change", () => {
        this.layer = radio.value;
        this.choose(null);
        changed();
      });
    }
    this.details = byId("features");
    this.details.addEventListener("toggle", changed);
    this.sheet = new Sheet(byId("sheet"));
    colourBar(this.details.querySelector(".scale canvas"), viridis);
    [byId("close").width, byId("close").height] = [MAP, MAP];
    [byId("field").width, byId("field").height] = [FIELD, FIELD];
    byId("hide").addEventListener("click", () => this.choose(null));
    this.listen(byId("sheet"));
    this.paintUnit();
  }

  /** The layer whose maps are looked at; null if they are folded away. */
  get wanted() {
    return this.details.open ? this.layer : null;
  }

  listen(canvas) {
    for (const type of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(type, (event) => this.features && this.choose(this.sheet.unitAt(event) ?? this.unit));
    }
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible") && this.features) this.choose(this.unit ?? { map: 0, row: 0, column: 0 });
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.key === "Escape") this.choose(null);
    const step = ARROWS[event.key];
    if (!step || !this.features) return;
    event.preventDefault();
    const reach = event.shiftKey ? this.sheet.side : 1; // with Shift from map to map
    const from = this.unit ?? { map: 0, row: 0, column: 0 };
    this.choose(this.sheet.moved(from, step[0] * reach, step[1] * reach));
    this.say(this.byId("unit").textContent);
  }

  /** Arrange the maps for a width on the page. */
  arrange(width) {
    const wide = width >= WIDE;
    if (wide === this.wide) return;
    this.wide = wide;
    if (this.features) this.paint();
  }

  take(answer) {
    this.features = answer.features;
    if (!this.features) return;
    const { data, channels } = this.features;
    const sums = new Float64Array(channels);
    this.high = 0;
    for (let place = 0; place < data.length; place += channels) {
      for (let k = 0; k < channels; k++) {
        const value = data[place + k];
        sums[k] += value;
        if (value > this.high) this.high = value;
      }
    }
    this.order = Array.from(sums.keys()).sort((a, b) => sums[b] - sums[a]).slice(0, SHOWN);
    this.paint();
    this.choose(this.unit, true);
  }

  paint() {
    const { width: side, channels } = this.features;
    this.sheet.shape({ side, count: this.order.length, columns: this.wide ? 8 : 4, zoom: Math.max(Math.ceil(MAP / side), 1) });
    this.byId("channels").textContent =
      `${this.layer}: the ${this.order.length} strongest of ${channels} maps of ${side} × ${side}, by their mean; all on one scale.`;
    this.details.querySelector(".high").textContent = short(this.high);
    this.paintSheet();
  }

  paintSheet() {
    const { data, channels } = this.features;
    this.sheet.paint(data, channels, this.order, viridis, this.high, this.unit);
  }

  /** Choose a value, {map, row, column}, or none: null. */
  choose(unit, again = false) {
    if (!again && JSON.stringify(unit) === JSON.stringify(this.unit)) return;
    this.unit = unit;
    const region = unit && receptiveField(this.layer, unit.row, unit.column);
    this.stage.region = region;
    this.stage.paint();
    if (this.features) this.paintSheet();
    this.paintUnit(region);
  }

  paintUnit(region) {
    const text = this.byId("unit");
    text.parentElement.classList.toggle("empty", !this.unit);
    if (!this.unit) {
      text.textContent = "Point at a value of a map, or go there with Tab and the arrow keys: what it sees is framed in the photograph.";
      return;
    }
    const { map, row, column } = this.unit;
    const { data, width, channels } = this.features;
    const channel = this.order[map];
    this.paintClose(channel, row, column);
    this.paintField(region);
    const part = (region.height * region.width) / SIDE ** 2;
    text.textContent =
      `${this.layer}, channel ${channel + 1}, row ${row + 1}, column ${column + 1}: ${short(data[(row * width + column) * channels + channel])}. ` +
      `It sees ${region.height} × ${region.width} pixels, ${part < 0.01 ? "less than 1" : Math.round(100 * part)}% of the square.`;
  }

  paintClose(channel, row, column) {
    const { data, width, channels } = this.features;
    const close = new Sheet(this.byId("close"));
    close.shape({ side: width, count: 1, columns: 1, zoom: Math.max(Math.ceil(MAP / width), 1) });
    close.paint(data, channels, [channel], viridis, this.high, { map: 0, row, column });
  }

  paintField({ top, left, height, width }) {
    const context = this.byId("field").getContext("2d");
    this.stage.cover.draw(context, this.stage.view);
    const clip = (place) => Math.min(Math.max((place * FIELD) / SIDE, 2), FIELD - 2);
    frame(context, 3, clip(left), clip(top), clip(left + width) - clip(left), clip(top + height) - clip(top));
  }
}
