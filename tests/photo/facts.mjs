// What the page's engine says of itself, as JSON: `node facts.mjs SERVED MADE`; MADE has the reference pictures too.

import { fetcher, load, readReference, start } from "./network.mjs";

const [served, made] = process.argv.slice(2);
const { LAYERS, DEPTHS, SIDE } = await load(served, "network.mjs");
const { PhotoNetwork } = await load(served, "engine.mjs");
const network = await start(served, made);
const { arrays } = await readReference(made);
const rgb = arrays.rgb(0);
const facts = { layers: LAYERS };
const same = (one, other) => one.every((value, k) => value === other[k]);

// Receptive fields: pixels just outside of one never change the value, and some at its edges do.

facts.fields = {};
for (const { name, side, channels } of DEPTHS) {
  const [row, column] = [Math.floor(side / 2), Math.floor(side / 3)];
  const values = () => {
    const { data } = network.features(name);
    const at = (row * side + column) * channels;
    return data.slice(at, at + channels);
  };
  network.look(rgb);
  const before = values();
  const { top, left, height, width } = network.receptiveField(name, row, column);
  const changes = (y, x, tall, wide) => {
    const copy = rgb.slice();
    for (let v = Math.max(y, 0); v < Math.min(y + tall, SIDE); v++) {
      for (let u = Math.max(x, 0); u < Math.min(x + wide, SIDE); u++) {
        for (let k = 0; k < 3; k++) copy[3 * (v * SIDE + u) + k] ^= 255;
      }
    }
    network.look(copy);
    return !same(values(), before);
  };
  const edges = [[-1, 0, 1, 1], [1, 0, 1, 1], [0, -1, 1, 1], [0, 1, 1, 1]];
  const found = { tried: 0, outside: 0, inside: 0, widest: width };
  for (const [down, right] of edges) {
    const outside = down ? [down < 0 ? 0 : top + height, 0, down < 0 ? top : SIDE, SIDE] : [0, right < 0 ? 0 : left + width, SIDE, right < 0 ? left : SIDE];
    found.outside += changes(...outside);
    const inside = down ? [down < 0 ? top : top + height - 1, left, 1, width] : [top, right < 0 ? left : left + width - 1, height, 1];
    found.inside += changes(...inside);
    found.tried += 2;
  }
  facts.fields[name] = found;
}

// Grad-CAM with its sign: its places sum up to the logit, but for the bias.

const { probabilities, logits } = network.look(rgb);
const far = arrays.targets(0)[2]; // a class far down the list
const [signed, cut] = [network.cam(far, { signed: true }), network.cam(far)];
const sum = (values) => values.reduce((a, b) => a + b, 0);
facts.signed = {
  positive: sum(signed.filter((value) => value > 0)),
  relu: sum(cut),
  lowest: Math.min(...signed),
  sum: sum(signed),
  logitWithoutBias: logits[far] - network.trained(LAYERS.at(-1))[1][far],
};

// Occlusion

const { coarseToFine } = await load(served, "occlusion.mjs");
facts.order = coarseToFine(13);
const kept = network.features("head").data;
for await (const { base } of network.occlude(rgb, 285, { patch: 112, stride: 112 })) facts.base = base;
facts.uncovered = logits[285];
facts.steps = [];
for await (const { row, column, top, left, step, total } of network.occlude(rgb, 285, { patch: 112, stride: 112 })) {
  facts.steps.push([row, column, top, left, step, total]);
}
const first = async (settings) => {
  const { value } = await network.occlude(rgb, 285, settings).next();
  return [value.logit, value.total];
};
const said = { patch: 32, stride: 16, fill: [127, 127, 127] };
facts.unsaid = [await first(), await first(said)];
facts.oneNumber = [await first({ ...said, fill: 200 }), await first({ ...said, fill: [200, 200, 200] })];
facts.untouched = same(kept, network.features("head").data) && same(cut, network.cam(far));

const { Patches } = await load(served, "patches.mjs");
const asInput = (values) => Float32Array.from(values, (value) => (value - 127) / 128);
const patches = new Patches(network, asInput(rgb));
facts.patches = [[0, 0, 32], [96, 101, 32], [192, 17, 32], [3, 191, 33], [223, 223, 1], [60, 0, 150], [0, 0, 224]].map((place) => {
  const [top, left, patch] = place;
  const colour = [20, 220, 127];
  const copy = rgb.slice();
  for (let row = top; row < top + patch; row++) {
    for (let column = left; column < left + patch; column++) copy.set(colour, 3 * (row * SIDE + column));
  }
  const whole = network.look(copy).logits;
  const found = patches.under(top, left, patch, asInput(colour));
  return found.reduce((most, value, k) => Math.max(most, Math.abs(value - whole[k])), 0);
});

// Random weights

const kernels = () => LAYERS.map(({ name }) => network.weights[name].map((tensor) => tensor.dataSync()));
const trained = kernels();
const changed = () => kernels().flatMap(([kernel], k) => (same(kernel, trained[k][0]) ? [] : [LAYERS[k].name]));
const forget = (count, seed) => {
  network.forget(count, seed);
  return network.look(rgb).probabilities;
};
facts.forgotten = {};
const one = forget(1, 1);
facts.forgotten[1] = changed();
facts.forgotten.sum = sum(network.cam(far, { signed: true }));
facts.forgotten.logit = network.look(rgb).logits[far]; // random layers have no bias
forget(3, 1);
facts.forgotten[3] = changed();
facts.sameSeed = same(one, forget(1, 1));
facts.otherSeed = !same(one, forget(1, 2));
forget(50, 1);
facts.forgotten.all = changed().length;
const drawn = kernels().map(([kernel]) => kernel);
facts.twins = drawn.flatMap((one, k) => drawn.slice(0, k).filter((other) => other.length === one.length).map((other) => same(one, other)));
facts.random = {};
kernels().forEach(([kernel, bias], k) => {
  const { name } = LAYERS[k];
  if (!["preds", "head", "block16_depthwise", "stem"].includes(name)) return;
  const mean = sum(kernel) / kernel.length;
  const deviation = Math.sqrt(sum(kernel.map((value) => (value - mean) ** 2)) / kernel.length);
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  facts.random[name] = { mean, deviation, largest, bias: sum(bias.map(Math.abs)) };
});
network.restore();
facts.restored = changed().length === 0 && same(probabilities, network.look(rgb).probabilities);

// What is not allowed

facts.complaints = [];
const complains = async (act) => {
  await Promise.resolve().then(act).catch((problem) => facts.complaints.push(problem.message));
};
await complains(() => network.look([1, 2, 3]));
await complains(() => network.cam(1000));
await complains(() => network.features("block1_project"));
await complains(() => network.forget(51));
await complains(() => network.occlude(rgb, 1, { patch: 32, stride: 33 }).next());
await complains(() => network.occlude([1, 2, 3], 1).next());
await complains(() => network.occlude(rgb, 1000).next());
await complains(() => start(served, made, { backend: "webgl" }));
for (const broken of ["weights.bin", "vendor/tfjs-backend-wasm-simd.wasm"]) {
  const right = fetcher(served, made);
  const wrong = async (name) => {
    const bytes = await right(name);
    if (name === broken) bytes[1000] ^= 1;
    return bytes;
  };
  await complains(() => PhotoNetwork.load(wrong));
}

console.log(JSON.stringify(facts));
