// What can go wrong with the engine, each in one line for the reader.

/** An error whose message is for the reader; `code`: wasm, memory, fetch, hash or request. */
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const noWasm = () =>
  new Problem("wasm", "This browser does not run WebAssembly with SIMD, which the network needs. A newer browser does.");
export const noMemory = () =>
  new Problem("memory", "There is too little memory for the network: close other pages, then reload this one.");
export const notFetched = (name, why) => new Problem("fetch", `${name} could not be loaded (${why}).`);
export const wrongHash = (name) =>
  new Problem("hash", `${name} is not the expected file: reload the page without the browser’s cache.`);

/** Any error as a problem: memory where its words say so. */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  const words = String(error?.message ?? error);
  if (error instanceof RangeError || /memory|allocat|\boom\b|abort/i.test(words)) return noMemory();
  return new Problem("engine", `The network stopped: ${words.split("\n")[0]}`);
}
