// The network, away from the page's own thread.
//
// Messages in, {id, kind, ...}, and what comes back with the same id:
//   load                                         progress {loaded, total} ..., ready {names, cached}
//   look {rgb}                                   looked {probabilities, logits}
//   cam {classIndex, signed}                     cam {classIndex, map}
//   features {layer}                             features {layer, data, height, width, channels}
//   occlude {classIndex, rgb?, patch?, stride?, fill?}
//                                                occluded {row, column, top, left, logit, base, step, total} ...,
//                                                done {cancelled}; without `rgb` the picture of the last look
//   forget {layers, seed}, restore, cancel       done
// Whatever fails gives error {code, message}, one line for the reader.
//
// Requests are answered in their order. Every newer one but cam and features ends a running occlusion; those two
// are answered between its steps. Of several looks that wait, only the newest is done: the others get
// done {cancelled: true}.

import { pieces, sha256 } from "../live/bytes.mjs";
import { nextTurn } from "../live/network.mjs";
import { Problem, asProblem, notFetched } from "./problems.mjs";

const CACHE = "photo-network";
const BETWEEN = new Set(["cam", "features"]); // what does not end an occlusion

let network = null;
let cached = false;
let busy = false;
let last = null; // the picture of the last look
const waiting = [];

const say = (id, kind, more = {}, transfer = []) => postMessage({ id, kind, ...more }, transfer);

function fail(id, error) {
  const { code, message } = asProblem(error);
  say(id, "error", { code, message });
}

// Files

/** The bytes of a file beside this module; one whose hash is known is kept in the browser's cache under it. */
async function fetchBytes(name, came = () => {}, hash = "") {
  const address = new URL(name, import.meta.url);
  if (hash) address.search = `?${hash.slice(0, 16)}`;
  const cache = hash && (await openCache());
  const kept = await cache?.match(address);
  if (kept) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    if ((await sha256(bytes)) === hash) {
      cached = true;
      return bytes;
    }
  }
  // Where there is a cache of its own, what the browser may have kept besides, broken perhaps, is not asked.
  const bytes = await pieces(await asked(name, address, cache ? "reload" : "default"), came).catch((error) => {
    throw error.code ? error : notFetched(name, error.message);
  });
  if (cache && (await sha256(bytes)) === hash) await keep(cache, address, bytes);
  return bytes;
}

/** The browser's cache, or null where it is forbidden: some browsers refuse the name itself. */
async function openCache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

async function asked(name, address, cache) {
  const answer = await fetch(address, { cache }).catch((error) => {
    throw notFetched(name, error.message);
  });
  if (!answer.ok) throw notFetched(name, `the server says ${answer.status}`);
  return answer;
}

/** Keep a file and forget older ones of its name; if there is no room, the page works all the same. */
async function keep(cache, address, bytes) {
  try {
    for (const old of await cache.keys()) {
      if (new URL(old.url).pathname === address.pathname) await cache.delete(old);
    }
    await cache.put(address, new Response(bytes));
  } catch {
    // A full disk, or a private window.
  }
}

// Requests

const answers = {
  async load(id) {
    const { PhotoNetwork } = await import("./engine.mjs").catch((error) => {
      throw notFetched("The engine", error.message);
    });
    const onProgress = (progress) => say(id, "progress", progress);
    network ??= await PhotoNetwork.load(fetchBytes, { onProgress });
    say(id, "ready", { names: network.names, cached });
  },

  look(id, { rgb }) {
    last = rgb;
    const { probabilities, logits } = network.look(rgb);
    say(id, "looked", { probabilities, logits }, [probabilities.buffer, logits.buffer]);
  },

  cam(id, { classIndex, signed = false }) {
    const map = network.cam(classIndex, { signed });
    say(id, "cam", { classIndex, map }, [map.buffer]);
  },

  features(id, { layer }) {
    const maps = network.features(layer);
    say(id, "features", { layer, ...maps }, [maps.data.buffer]);
  },

  async occlude(id, { classIndex, rgb = last, ...settings }) {
    for await (const place of network.occlude(rgb, classIndex, settings)) {
      say(id, "occluded", place);
      await nextTurn();
      while (waiting.length && BETWEEN.has(waiting[0].kind)) await answer(waiting.shift());
      if (waiting.length) break;
    }
    say(id, "done", { cancelled: waiting.length > 0 });
  },

  forget(id, { layers, seed }) {
    network.forget(layers, seed);
    say(id, "done", { cancelled: false });
  },

  restore(id) {
    network.restore();
    say(id, "done", { cancelled: false });
  },

  cancel(id) {
    say(id, "done", { cancelled: false });
  },
};

async function answer(request) {
  try {
    if (!(request.kind in answers)) throw new Problem("request", `kind ${request.kind} is not known.`);
    if (!network && request.kind !== "load") throw new Problem("request", "The network is not loaded yet.");
    await answers[request.kind](request.id, request);
  } catch (error) {
    fail(request.id, error);
  }
}

async function work() {
  if (busy) return;
  busy = true;
  while (waiting.length) {
    const request = waiting.shift();
    if (request.kind === "look" && waiting.some(({ kind }) => kind === "look")) {
      say(request.id, "done", { cancelled: true });
    } else {
      await answer(request);
      await nextTurn(); // what has come meanwhile
    }
  }
  busy = false;
}

addEventListener("message", ({ data }) => {
  waiting.push(data);
  work();
});
