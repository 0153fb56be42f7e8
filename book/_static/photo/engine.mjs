// EfficientNet-Lite0 in the browser: what it says of a picture, and why. Works in a worker and in Node.js.
//
// The counterpart of helpers.grad_cam, feature_maps and occlusion: same definitions, compared with them
// number by number in tests/test_photo_engine.py. A picture is a Uint8Array, 224 x 224 x 3, red, green, blue.

import { halfFloats, sha256 } from "../live/bytes.mjs";
import { positions, softmax } from "../live/network.mjs";
import { evenly, truncatedNormal } from "../live/random.mjs";
import { CLASSES, DEPTHS, LAYERS, SIDE, receptiveField } from "./network.mjs";
import { coarseToFine } from "./occlusion.mjs";
import { Patches } from "./patches.mjs";
import { Problem, asProblem, wrongHash } from "./problems.mjs";
import { startTensorFlow } from "./start.mjs";

export { CLASSES, DEPTHS, LAYERS, SIDE };

const MEAN = 127;
const CONVOLUTIONS = LAYERS.slice(0, -1);
const KEPT = DEPTHS.map(({ name }) => name); // the outputs that are kept from the last look
const WASM = "tfjs-backend-wasm-simd.wasm";
const TRUNCATED = 0.87962566103423978; // deviation of a normal distribution that ends at two deviations
const GREY = [MEAN, MEAN, MEAN]; // zero for the network

const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

export class PhotoNetwork {
  /**
   * Load the network. `fetchBytes(name, came)` promises the bytes (Uint8Array) of a file beside this module and
   * may tell `came` how many are there; `onProgress` gets {loaded, total} in bytes. A Problem if it cannot be.
   */
  static async load(fetchBytes, { onProgress = () => {}, backend = "wasm" } = {}) {
    if (backend !== "wasm") throw new Problem("request", `backend=${backend} is not allowed: choose wasm.`);
    const [manifest, vendor] = (
      await Promise.all([fetchBytes("manifest.json"), fetchBytes("vendor/manifest.json")])
    ).map(json);
    const wasm = vendor.files.find(({ name }) => name === WASM);
    const files = [
      { name: "weights.bin", ...manifest },
      { ...wasm, name: `vendor/${WASM}` },
    ];
    const total = files[0].bytes + files[1].bytes;
    const loaded = [0, 0];
    const [weights, code] = await Promise.all(
      files.map(async (file, k) => {
        const came = (count) => {
          loaded[k] = Math.min(count, file.bytes);
          onProgress({ loaded: loaded[0] + loaded[1], total });
        };
        const bytes = await fetchBytes(file.name, came, file.sha256);
        const hash = await sha256(bytes);
        if (bytes.length !== file.bytes || (hash && hash !== file.sha256)) throw wrongHash(file.name);
        came(bytes.length);
        return bytes;
      }),
    );
    try {
      const network = new PhotoNetwork(await startTensorFlow(code), manifest, weights);
      network.look(new Uint8Array(SIDE * SIDE * 3).fill(MEAN)); // the first pass takes longer: it sorts the weights
      return network;
    } catch (error) {
      throw asProblem(error);
    }
  }

  /** See `load`. `weights` are the bytes of all tensors of the manifest. */
  constructor(tf, manifest, weights) {
    Object.assign(this, { tf, names: manifest.classes, bytes: weights, kept: {}, random: { count: 0, seed: 0 } });
    this.tensors = Object.fromEntries(manifest.tensors.map((tensor) => [tensor.name, tensor]));
    this.weights = {};
    for (const layer of LAYERS) this.put(layer, this.trained(layer));
  }

  // Weights

  /** A layer's kernel and bias as they were trained. */
  trained({ name }) {
    return ["kernel", "bias"].map((part) => {
      const { shape, offset } = this.tensors[`${name}/${part}`];
      return halfFloats(this.bytes.buffer, this.bytes.byteOffset + offset, shape.reduce((a, b) => a * b));
    });
  }

  /** Kernel and bias as Keras begins with them; the same seed gives the same numbers. */
  untrained(layer, seed) {
    const { shape } = this.tensors[`${layer.name}/kernel`];
    const state = 1000 * seed + LAYERS.indexOf(layer);
    const kernel = new Float32Array(shape.reduce((a, b) => a * b));
    if (layer.kind === "dense") {
      const [random, limit] = [evenly(state), Math.sqrt(6 / (shape[0] + shape[1]))];
      for (let k = 0; k < kernel.length; k++) kernel[k] = (2 * random() - 1) * limit;
    } else {
      const fan = shape[0] * shape[1] * shape[3];
      const [random, scale] = [truncatedNormal(state), Math.sqrt(2 / fan) / TRUNCATED];
      for (let k = 0; k < kernel.length; k++) kernel[k] = random() * scale;
    }
    return [kernel, new Float32Array(layer.channels)];
  }

  put({ name, kind }, [kernel, bias]) {
    const { tf, tensors, weights } = this;
    weights[name]?.forEach((old) => old.dispose());
    weights[name] = [tf.tensor(kernel, tensors[`${name}/kernel`].shape), tf.tensor(bias)];
    if (kind === "dense") this.dense = kernel;
  }

  /** Give the last layers, counted from the top, random weights, and all others those that were learned. */
  forget(layersFromTop, seed = 1) {
    whole("layersFromTop", layersFromTop, 0, LAYERS.length);
    const before = this.random;
    LAYERS.forEach((layer, k) => {
      const fromTop = LAYERS.length - k;
      const [was, is] = [fromTop <= before.count, fromTop <= layersFromTop];
      if (is && !(was && before.seed === seed)) this.put(layer, this.untrained(layer, seed));
      if (was && !is) this.put(layer, this.trained(layer));
    });
    this.random = { count: layersFromTop, seed };
  }

  /** Give all layers what they learned. */
  restore() {
    this.forget(0);
  }

  // One pass

  /** All that `look` finds of an input, as tensors: {logits, stem, ...} with the layers of `wanted`. */
  pass(input, wanted) {
    const { tf } = this;
    return tf.tidy(() => this.propagate(tf.tensor(input, [1, SIDE, SIDE, 3]), CONVOLUTIONS, wanted));
  }

  /** The same, from the inputs of the first of some layers that lead to the last one. */
  propagate(x, layers, wanted) {
    const { tf, weights } = this;
    const found = {};
    const free = (tensor) => Object.values(found).includes(tensor) || tensor.dispose(); // its memory is used again
    let before = x;
    for (const layer of layers) {
      if (layer.begins) before = x;
      const last = x;
      x = this.convolve(layer, last);
      if (layer.adds) {
        const sum = tf.add(x, before);
        x.dispose();
        free(before);
        x = sum;
      }
      if (!layer.begins) free(last);
      if (wanted.includes(layer.name)) found[layer.name] = x;
    }
    const [kernel, bias] = weights.preds;
    found.logits = tf.fused.matMul({ a: tf.mean(x, [1, 2]), b: kernel, bias });
    return found;
  }

  convolve({ name, kind, stride, relu }, x, pad = "same") {
    const [filter, bias] = this.weights[name];
    const job = { x, filter, bias, strides: stride, pad, activation: relu ? "relu6" : "linear" };
    return kind === "depthwise" ? this.tf.fused.depthwiseConv2d(job) : this.tf.fused.conv2d(job);
  }

  /** What the network says of a picture: {probabilities, logits}, Float32Array(1000) each. */
  look(rgb) {
    check(rgb);
    this.release();
    this.kept = this.pass(inputs(rgb), KEPT);
    this.head = this.kept.head.dataSync();
    const logits = this.kept.logits.dataSync();
    return { probabilities: Float32Array.from(softmax(logits)), logits };
  }

  release() {
    for (const tensor of Object.values(this.kept)) tensor.dispose();
    this.kept = {};
  }

  // Of the last look

  /**
   * Grad-CAM on the head's maps, Float32Array(49). The logit is linear in their means, so that a map's weight is
   * the class's column of the last layer, divided by the 49 places. With `signed`, negative parts stay.
   */
  cam(classIndex, { signed = false } = {}) {
    whole("classIndex", classIndex, 0, CLASSES - 1);
    const [places, channels] = [49, 1280];
    return Float32Array.from({ length: places }, (_, place) => {
      let sum = 0;
      for (let k = 0; k < channels; k++) sum += this.head[place * channels + k] * this.dense[k * CLASSES + classIndex];
      return signed ? sum / places : Math.max(sum / places, 0);
    });
  }

  /** The maps of a layer of `DEPTHS`: {data, height, width, channels}, the channels of a place beside each other. */
  features(layerName) {
    if (!this.kept[layerName] || !KEPT.includes(layerName)) {
      throw new Problem("request", `layer ${layerName} is not kept: choose ${KEPT.join(", ")}.`);
    }
    const [, height, width, channels] = this.kept[layerName].shape;
    return { data: this.kept[layerName].dataSync(), height, width, channels };
  }

  receptiveField(layerName, row, column) {
    return receptiveField(layerName, row, column);
  }

  // Occlusion

  /**
   * Cover a square at each place of a grid, coarse to fine. Yields {row, column, top, left, logit, base, step,
   * total}: the place in the grid and in pixels, the class's logit there and with nothing covered.
   * `fill` is one number, or red, green and blue, 0 to 255.
   */
  async *occlude(rgb, classIndex, { patch = 32, stride = 16, fill = GREY } = {}) {
    check(rgb);
    whole("classIndex", classIndex, 0, CLASSES - 1);
    const side = whole("patch", patch, 1, SIDE);
    const places = positions(SIDE, side, whole("stride", stride, 1, side));
    const colour = typeof fill === "number" ? [fill, fill, fill] : fill;
    const patches = new Patches(this, inputs(rgb));
    const base = patches.logits[classIndex];
    const order = coarseToFine(places.length);
    for (const [step, [row, column]] of order.entries()) {
      const [top, left] = [places[row], places[column]];
      const logit = patches.under(top, left, side, inputs(colour))[classIndex];
      yield { row, column, top, left, logit, base, step: step + 1, total: order.length };
    }
  }

  /** Free all memory; the network cannot be used afterwards. */
  dispose() {
    this.release();
    for (const pair of Object.values(this.weights)) pair.forEach((tensor) => tensor.dispose());
    this.weights = {};
  }
}

/** What the network takes: about -1 to 1, as helpers.efficientnet.to_inputs. */
function inputs(rgb) {
  const values = new Float32Array(rgb.length);
  for (let k = 0; k < values.length; k++) values[k] = (rgb[k] - MEAN) / 128;
  return values;
}

function check(rgb) {
  const size = SIDE * SIDE * 3;
  if (rgb?.length !== size) throw new Problem("request", `A picture has ${size} values, not ${rgb?.length}.`);
}

function whole(name, value, least, most) {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Problem("request", `${name}=${value} is not allowed: choose a whole number from ${least} to ${most}.`);
}
