// The page's side of the two workers: questions as promises, in the order in which they are asked.

const PARTS = new Set(["progress", "occluded"]); // more is to come

/** A worker that answers {id, kind, ...} to {id, kind, ...}. */
export class Client {
  constructor(worker) {
    Object.assign(this, { worker, asked: 0, open: new Map() });
    worker.addEventListener("message", ({ data }) => this.receive(data));
    worker.addEventListener("error", ({ message }) => this.fail(message));
  }

  /** Ask, and get the answer; `step` is called with each part of it that comes before the end. */
  ask(kind, question = {}, { step = () => {}, transfer = [] } = {}) {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject, step });
      this.worker.postMessage({ id, kind, ...question }, transfer);
    });
  }

  receive(message) {
    const waiting = this.open.get(message.id);
    if (!waiting) return;
    if (PARTS.has(message.kind)) return waiting.step(message);
    this.open.delete(message.id);
    if (message.kind === "error") waiting.reject(new Error(message.message));
    else waiting.resolve(message);
  }

  /** Nothing that was asked will be answered; without a message, because the worker never came, nothing ever. */
  fail(message) {
    const problem = new Error(message || "A part of this page could not be loaded.");
    for (const { reject } of this.open.values()) reject(problem);
    this.open.clear();
    if (!message) this.ask = () => Promise.reject(problem);
  }
}
