// The ten likeliest classes, and those that are searched for.

import { minus, percent } from "../live/numbers.mjs";
import { classRow } from "./markup.mjs";

const TOP = 10;
const HITS = 8;

/** Lists of classes; calls `explain(class)` and `compare(class)`. */
export class Answers {
  constructor({ byId, all }, names, { explain, compare }) {
    Object.assign(this, { byId, names, explain, compare, answer: null, hits: [] });
    this.rows = all("#top .class");
    this.shown = this.rows.map(() => 0);
    this.rows.forEach((row, rank) => this.listen(row, () => this.shown[rank]));
    byId("search").addEventListener("input", () => this.search());
  }

  listen(row, shown) {
    row.querySelector(".bar").addEventListener("click", () => this.explain(shown()));
    row.querySelector(".versus").addEventListener("click", () => this.compare(shown()));
  }

  /** Show what the network says. */
  paint(answer) {
    this.answer = answer;
    const order = Array.from(answer.probabilities.keys());
    order.sort((a, b) => answer.logits[b] - answer.logits[a]);
    this.shown = order.slice(0, TOP);
    this.rows.forEach((row, rank) => this.fill(row, this.shown[rank]));
    this.byId("explained").textContent = this.explained(order);
    [...this.byId("hits").children].forEach((row, k) => this.fill(row, this.hits[k]));
  }

  fill(row, c) {
    const { probabilities, first, second } = this.answer;
    const share = percent(probabilities[c]);
    const [bar, versus] = row.children;
    bar.querySelector(".label").textContent = this.names[c];
    bar.querySelector(".label").title = this.names[c];
    bar.querySelector(".share").textContent = share;
    bar.querySelector(".fill").style.transform = `scaleX(${probabilities[c]})`;
    bar.setAttribute("aria-pressed", c === first.index);
    bar.setAttribute("aria-label", `${this.names[c]}, ${share}. Explain this class`);
    versus.setAttribute("aria-pressed", c === second?.index);
    versus.setAttribute("aria-label", `vs ${this.names[c]}: compare`);
  }

  explained(order) {
    const { first, pinned, forgotten, logits, probabilities } = this.answer;
    const rank = order.indexOf(first.index) + 1;
    const which = `${this.names[first.index]} (number ${rank}, ${percent(probabilities[first.index])}, logit ${minus(logits[first.index].toFixed(1))})`;
    if (pinned) return `The maps explain ${which}, which you chose. Click it again to return to the network’s answer.`;
    if (forgotten) return `The maps explain ${which}, the answer of the trained network.`;
    return `The maps explain ${which}, the network’s answer. Click a class to ask about it, or “vs” to compare it.`;
  }

  search() {
    const words = this.byId("search").value.trim().toLowerCase();
    const found = words ? this.names.map((_, c) => c).filter((c) => this.names[c].toLowerCase().includes(words)) : [];
    const { probabilities } = this.answer ?? {};
    if (probabilities) found.sort((a, b) => probabilities[b] - probabilities[a]);
    this.hits = found.slice(0, HITS);
    const list = this.byId("hits");
    list.innerHTML = this.hits.map((_, k) => classRow(k)).join("");
    [...list.children].forEach((row, k) => {
      this.listen(row, () => this.hits[k]);
      if (this.answer) this.fill(row, this.hits[k]);
    });
    const more = found.length > HITS ? `; these are the ${HITS} likeliest` : "";
    const count = found.length ? `${found.length} ${found.length === 1 ? "class has" : "classes have"} that in the name${more}.` : "No class has that in its name.";
    this.byId("found").textContent = words ? count : "";
  }
}
