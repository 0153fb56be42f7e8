// The network, away from the page's own thread. One message in: what to look at. Two out: the maps that
// take one pass, at once, and occlusion when it is done; a newer message ends the work on an older one.

import { nextTurn, softmax } from "../live/network.mjs";
import { Network, randomised } from "./engine.mjs";
import { startKernel, supported } from "./kernel.mjs";
import { plain } from "./plain.mjs";
import { decode } from "./weights.mjs";

const SLICE = 6; // milliseconds of occlusion between two looks at the mail
const ALIKE = 1e-4; // what the kernel may differ from plain JavaScript

const here = (name) => new URL(name, import.meta.url);
const wanted = new URL(import.meta.url).searchParams.get("engine");
let networks;
let weights;
let newest = null;
let busy = false;

async function fetched(name) {
  const answer = await fetch(here(name));
  if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status}).`);
  return answer;
}

async function start() {
  const [manifest, bytes, digits] = await Promise.all([
    fetched("manifest.json").then((answer) => answer.json()),
    ...["weights.bin", "digits.bin"].map((name) => {
      return fetched(name).then((answer) => answer.arrayBuffer());
    }),
  ]);
  const kernel = await fetched("kernel.wasm").then((answer) => answer.arrayBuffer(), () => new ArrayBuffer(0));
  weights = await decode(bytes, manifest);
  const examples = Float32Array.from(new Uint8Array(digits), (value) => value / 255);
  const choice = await choose(kernel, examples);
  networks = [choice.network, new Network(weights, choice.ops)];
  postMessage({ type: "ready", examples, engine: choice.ops.name, why: choice.why });
}

/** The kernel if it runs here and says what plain JavaScript says; else plain JavaScript, and why. */
async function choose(bytes, examples) {
  const slow = { network: new Network(weights, plain), ops: plain };
  if (wanted === "plain") return { ...slow, why: "asked for in the address" };
  if (!supported(bytes)) return { ...slow, why: "the SIMD kernel does not run in this browser" };
  const ops = await startKernel(bytes);
  const fast = { network: new Network(weights, ops), ops };
  const gap = Math.max(...[0, 13].map((digit) => {
    const image = examples.subarray(digit * 784, (digit + 1) * 784);
    return difference(maps(fast.network, image), maps(slow.network, image));
  }));
  if (!(gap < ALIKE)) return { ...slow, why: `the SIMD kernel differs by ${gap.toExponential(0)}` };
  return { ...fast, why: `agrees with plain JavaScript to ${gap.toExponential(0)} on two digits, just now` };
}

/** All that one pass and its way back give. */
function maps(network, image) {
  const acts = network.forward(image);
  const [conv1, conv2, conv3] = ["conv1", "conv2", "conv3"].map((name) => Float32Array.from(acts[name]));
  const logits = Float32Array.from(acts.logits);
  const probabilities = Float32Array.from(softmax(acts.logits));
  return { probabilities, logits, conv1, conv2, conv3, ...network.gradientMaps() };
}

function difference(one, other) {
  return Math.max(...Object.keys(one).map((name) => {
    return one[name].reduce((largest, value, k) => Math.max(largest, Math.abs(value - other[name][k])), 0);
  }));
}

/** Occlusion in slices; null if there is something newer to do. */
async function occlusion(network, job) {
  const sliding = network.occlusion(job.patch, job.stride, job.baseline);
  let end = performance.now() + SLICE;
  let step = sliding.next();
  while (!step.done) {
    if (performance.now() > end) {
      await nextTurn();
      if (newest) return null;
      end = performance.now() + SLICE;
    }
    step = sliding.next();
  }
  return step.value;
}

async function look(job) {
  const studied = networksFor(job.randomised);
  const results = studied.map((network) => maps(network, job.image));
  const [shown, trained] = results;
  postMessage({ type: "maps", id: job.id, shown, trained });
  const occlusions = [];
  for (const network of studied) {
    await nextTurn();
    if (newest) return;
    const map = await occlusion(network, job);
    if (!map) return;
    occlusions.push(map);
  }
  postMessage({ type: "occlusion", id: job.id, shown: occlusions[0], trained: occlusions[1] });
}

/** The network that is shown; with untrained layers, the trained one as well, to compare with. */
let untrained = 0;
function networksFor(count) {
  const [trained, other] = networks;
  if (count === 0) return [trained];
  if (count !== untrained) other.load(randomised(weights, count));
  untrained = count;
  return [other, trained];
}

async function work() {
  if (busy) return;
  busy = true;
  while (newest) {
    const job = newest;
    newest = null;
    await look(job);
  }
  busy = false;
}

addEventListener("message", ({ data }) => {
  newest = data;
  if (networks) work();
});

start().then(work, (problem) => postMessage({ type: "failed", message: problem.message }));
