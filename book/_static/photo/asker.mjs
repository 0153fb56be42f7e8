// Asks the network about what the reader wants to see now, and never about what has changed since.

import { argMax } from "../live/numbers.mjs";

/**
 * What is wanted: `rgb`, the square (224, 224, 3) in bytes; `first`, a class, or null for the network's own
 * answer; `second`, a class to compare it with, or null; `layer`, whose feature maps, or null; `forgotten`, how
 * many layers have random weights. Calls `show(answer)` and `failed(problem)`.
 */
export class Asker {
  constructor(client, { show, failed }) {
    Object.assign(this, { client, show, failed, busy: false, version: 0, answered: 0, subject: 0 });
    this.wanted = { rgb: null, first: null, second: null, layer: null, forgotten: 0 };
    this.seen = { rgb: null, forgotten: 0, looked: null }; // what the worker has looked at, with which weights
    this.trained = { rgb: null, looked: null, cams: new Map() };
  }

  /** Ask for something else than before. Another picture, class or network ends an occlusion. */
  want(change) {
    const about = ["rgb", "first", "forgotten"].filter((what) => what in change && change[what] !== this.wanted[what]);
    if (about.length) this.endOcclusion();
    Object.assign(this.wanted, change);
    this.version += 1;
    this.work();
  }

  endOcclusion() {
    this.subject += 1;
    if (this.occluding) this.client.ask("cancel");
  }

  get settled() {
    return !this.busy && this.answered === this.version;
  }

  async work() {
    if (this.busy || !this.wanted.rgb) return;
    this.busy = true;
    try {
      while (this.answered !== this.version) {
        const { version } = this;
        const answer = await this.answer({ ...this.wanted });
        this.answered = version;
        this.show(answer);
      }
    } catch (problem) {
      this.answered = this.version;
      this.failed(problem);
    } finally {
      this.busy = false;
    }
  }

  async answer({ rgb, first, second, layer, forgotten }) {
    const trained = forgotten ? await this.answerOfTrained(rgb, first, second) : null;
    const { probabilities, logits } = await this.look(rgb, forgotten);
    const index = first ?? argMax(trained ? trained.logits : logits);
    const answer = { rgb, probabilities, logits, trained, forgotten, layer, pinned: first !== null };
    answer.first = { index, map: await this.cam(index) };
    answer.second = second === null ? null : { index: second, map: await this.cam(second) };
    answer.features = layer && (await this.client.ask("features", { layer }));
    return answer;
  }

  /** What the trained network says of the same picture, kept while it is the same. */
  async answerOfTrained(rgb, first, second) {
    if (this.trained.rgb !== rgb) this.trained = { rgb, looked: null, cams: new Map() };
    const { cams } = this.trained;
    const missing = () => [first ?? argMax(this.trained.looked.logits), second].filter((c) => c !== null && !cams.has(c));
    if (!this.trained.looked || missing().length) {
      this.trained.looked = await this.look(rgb, 0);
      for (const c of missing()) cams.set(c, await this.cam(c));
    }
    const { logits } = this.trained.looked;
    return { logits, first: cams.get(first ?? argMax(logits)), second: second === null ? null : cams.get(second) };
  }

  /** Have the worker look at a picture with so many random layers, if it has not just done so. */
  async look(rgb, forgotten) {
    if (this.seen.forgotten !== forgotten) {
      await this.client.ask(forgotten ? "forget" : "restore", { layers: forgotten, seed: 1 });
      this.seen = { rgb: null, forgotten, looked: null };
    }
    if (this.seen.rgb !== rgb) this.seen = { rgb, forgotten, looked: await this.client.ask("look", { rgb }) };
    return this.seen.looked;
  }

  /** A class's map before what speaks against it is cut off, (7, 7). */
  async cam(classIndex) {
    return (await this.client.ask("cam", { classIndex, signed: true })).map;
  }

  /**
   * Occlusion for the class that is explained; `step` gets {top, left, logit, base, step, total}. Resolves to
   * whether it came to its end.
   */
  async occlude(classIndex, { step, ...settings }) {
    const { subject } = this;
    this.occluding = true;
    try {
      const question = { classIndex, rgb: this.wanted.rgb, ...settings };
      const done = await this.client.ask("occlude", question, { step: (part) => subject === this.subject && step(part) });
      return subject === this.subject && !done.cancelled;
    } finally {
      this.occluding = false;
    }
  }
}
