// The course's MNIST network and the methods that explain it, for one digit and all ten classes.
//
// The counterpart of helpers.feature_maps, saliency, grad_cam and occlusion: same definitions, same
// conventions at the borders, and compared with them number by number in tests/test_playground.py.
// The inner loops come from plain.mjs or kernel.mjs.

import { positions } from "../live/network.mjs";
import { evenly } from "../live/random.mjs";

export const SIDE = 28;
export const CLASSES = 10;
/** The convolutions: side and channels of their feature maps, and how far one value sees. */
export const CONVS = [
  { name: "conv1", side: 28, inputs: 1, channels: 32, jump: 1, before: 1, after: 1 },
  { name: "conv2", side: 14, inputs: 32, channels: 64, jump: 2, before: 3, after: 4 },
  { name: "conv3", side: 7, inputs: 64, channels: 64, jump: 4, before: 7, after: 10 },
];
export const LAYERS = ["conv1", "conv2", "conv3", "dense", "preds"];
const DENSE = 128;
const FLAT = 7 * 7 * 64;
const WHOLE = { top: 0, bottom: SIDE, left: 0, right: SIDE };

/** The pixels that the value at a row and column of a convolution's maps depends on; ends not included. */
export function receptiveField(conv, row, column) {
  const { jump, before, after } = CONVS[conv];
  const clip = (place) => Math.min(Math.max(place, 0), SIDE);
  return {
    top: clip(row * jump - before),
    bottom: clip(row * jump + after + 1),
    left: clip(column * jump - before),
    right: clip(column * jump + after + 1),
  };
}

/** The network with its weights: {"conv1/kernel": Float32Array, ...}. */
export class Network {
  constructor(weights, ops) {
    this.ops = ops;
    this.weights = {};
    for (const [name, values] of Object.entries(weights)) {
      this.weights[name] = ops.floats(values.length);
      this.weights[name].set(values);
    }
    this.turned = CONVS.map(({ inputs, channels }) => ops.floats(9 * inputs * channels));
    this.noBias = ops.floats(64);
    this.acts = this.newActs();
    this.scratch = this.newActs();
    this.grads = this.newActs();
    this.denseGrad = ops.floats(DENSE);
    this.turn();
  }

  /** Take over other weights of the same shapes. */
  load(weights) {
    for (const [name, values] of Object.entries(weights)) this.weights[name].set(values);
    this.turn();
  }

  newActs() {
    const acts = { image: this.ops.floats(SIDE * SIDE), logits: new Float64Array(CLASSES) };
    acts.dense = this.ops.floats(DENSE);
    for (const { name, side, channels } of CONVS) acts[name] = this.ops.floats(side * side * channels);
    acts.pool1 = this.ops.floats(14 * 14 * 32);
    acts.pool2 = this.ops.floats(7 * 7 * 64);
    return acts;
  }

  /** Kernels for the way back: turned by 180 degrees, inputs and outputs exchanged. */
  turn() {
    CONVS.forEach(({ name, inputs, channels }, conv) => {
      const kernel = this.weights[`${name}/kernel`];
      for (let tap = 0; tap < 9; tap++) {
        for (let i = 0; i < inputs; i++) {
          for (let k = 0; k < channels; k++) {
            this.turned[conv][((8 - tap) * channels + k) * inputs + i] = kernel[(tap * inputs + i) * channels + k];
          }
        }
      }
    });
  }

  /** All layers for an image of 784 values from 0 to 1; the arrays stay the network's own. */
  forward(image) {
    this.acts.image.set(image);
    this.propagate(this.acts, WHOLE);
    return this.acts;
  }

  /** Bring all layers up to date after a region of the image has changed; give the regions that changed. */
  propagate(acts, region) {
    const { ops, weights } = this;
    const regions = [];
    let input = acts.image;
    CONVS.forEach(({ name, side, inputs, channels }, conv) => {
      region = grown(region, side);
      regions.push(region);
      const output = acts[name];
      const [kernel, bias] = [weights[`${name}/kernel`], weights[`${name}/bias`]];
      ops.convolve(input, side, inputs, kernel, bias, channels, output, region, true);
      if (conv === 2) return;
      input = acts[`pool${conv + 1}`];
      region = halved(region);
      maxPool(output, side, channels, input, region);
    });
    ops.dense(acts.conv3, FLAT, weights["dense/kernel"], weights["dense/bias"], DENSE, acts.dense);
    lastLayer(acts.dense, weights["preds/kernel"], weights["preds/bias"], acts.logits);
    return regions;
  }

  /** Gradients of a class's logit: grads.image (784) and grads.conv3 (7, 7, 64), at the last `forward`. */
  backward(classIndex) {
    const { ops, weights, acts, grads, turned, noBias } = this;
    for (let j = 0; j < DENSE; j++) {
      this.denseGrad[j] = acts.dense[j] > 0 ? weights["preds/kernel"][j * CLASSES + classIndex] : 0;
    }
    ops.denseBack(this.denseGrad, DENSE, weights["dense/kernel"], FLAT, grads.conv3);
    const conv3 = new Float32Array(grads.conv3);
    for (let i = 0; i < FLAT; i++) if (acts.conv3[i] <= 0) grads.conv3[i] = 0;
    const all = (side) => ({ top: 0, bottom: side, left: 0, right: side });
    ops.convolve(grads.conv3, 7, 64, turned[2], noBias, 64, grads.pool2, all(7), false);
    maxPoolBack(acts.conv2, 14, 64, grads.pool2, grads.conv2);
    ops.convolve(grads.conv2, 14, 64, turned[1], noBias, 32, grads.pool1, all(14), false);
    maxPoolBack(acts.conv1, 28, 32, grads.pool1, grads.conv1);
    ops.convolve(grads.conv1, 28, 32, turned[0], noBias, 1, grads.image, all(28), false);
    return { image: grads.image, conv3 };
  }

  /** Saliency and Grad-CAM of every class at the last `forward`: two arrays (10, 28, 28). */
  gradientMaps() {
    const saliency = new Float32Array(CLASSES * SIDE * SIDE);
    const gradCam = new Float32Array(CLASSES * SIDE * SIDE);
    for (let c = 0; c < CLASSES; c++) {
      const grads = this.backward(c);
      saliency.set(grads.image.map(Math.abs), c * SIDE * SIDE);
      gradCam.set(resize(weightedSum(this.acts.conv3, grads.conv3, 7, 64), 7, SIDE), c * SIDE * SIDE);
    }
    return { saliency, gradCam };
  }

  /**
   * Slide a patch over the image of the last `forward`. A generator that yields after every position, so
   * that other work can come between; it returns the drop of every class's logit for each pixel,
   * averaged over the patches that cover it, (10, 28, 28).
   */
  *occlusion(patch, stride, baseline) {
    const whole = Float64Array.from(this.acts.logits);
    const places = positions(SIDE, patch, stride);
    const drops = new Float64Array(CLASSES * SIDE * SIDE);
    const covers = new Float64Array(SIDE * SIDE);
    copyAll(this.acts, this.scratch);
    for (const top of places) {
      for (const left of places) {
        const region = { top, bottom: top + patch, left, right: left + patch };
        this.occlude(region, baseline);
        for (let y = top; y < top + patch; y++) {
          for (let pixel = y * SIDE + left; pixel < y * SIDE + left + patch; pixel++) {
            covers[pixel]++;
            for (let c = 0; c < CLASSES; c++) drops[c * 784 + pixel] += whole[c] - this.scratch.logits[c];
          }
        }
        yield;
      }
    }
    return Float32Array.from(drops, (drop, k) => drop / covers[k % 784]);
  }

  /** Logits with a region of the image covered, in `scratch`, whose other layers are as before afterwards. */
  occlude(region, baseline) {
    const { acts, scratch } = this;
    for (let y = region.top; y < region.bottom; y++) {
      scratch.image.fill(baseline, y * SIDE + region.left, y * SIDE + region.right);
    }
    const regions = this.propagate(scratch, region);
    restore(acts.image, scratch.image, SIDE, 1, region);
    CONVS.forEach(({ name, side, channels }, conv) => {
      restore(acts[name], scratch[name], side, channels, regions[conv]);
      if (conv === 2) return;
      const pool = `pool${conv + 1}`;
      restore(acts[pool], scratch[pool], side / 2, channels, halved(regions[conv]));
    });
  }
}

/**
 * Copies of the weights in which the last `count` layers are as untrained ones: Glorot's uniform
 * distribution for kernels, zero for biases, as Keras begins. The same seed gives the same weights.
 */
export function randomised(weights, count, seed = 1) {
  const copy = { ...weights };
  LAYERS.forEach((layer, index) => {
    const kernel = `${layer}/kernel`;
    const outputs = weights[`${layer}/bias`].length;
    const field = layer.startsWith("conv") ? 9 : 1; // of 3 x 3 places, each counts for both fans
    const inputs = weights[kernel].length / outputs; // 9 x channels for a convolution
    const limit = Math.sqrt(6 / (inputs + outputs * field));
    if (index < LAYERS.length - count) return;
    const random = evenly(seed * LAYERS.length + index);
    copy[kernel] = weights[kernel].map(() => (2 * random() - 1) * limit);
    copy[`${layer}/bias`] = weights[`${layer}/bias`].map(() => 0);
  });
  return copy;
}

/** One pixel more on each side, within the picture: what a 3 x 3 convolution carries a change to. */
function grown({ top, bottom, left, right }, side) {
  return {
    top: Math.max(top - 1, 0),
    bottom: Math.min(bottom + 1, side),
    left: Math.max(left - 1, 0),
    right: Math.min(right + 1, side),
  };
}

/** The region after pooling 2 x 2. */
function halved({ top, bottom, left, right }) {
  return { top: top >> 1, bottom: (bottom + 1) >> 1, left: left >> 1, right: (right + 1) >> 1 };
}

function maxPool(input, side, channels, output, region) {
  for (let y = region.top; y < region.bottom; y++) {
    for (let x = region.left; x < region.right; x++) {
      const first = (2 * y * side + 2 * x) * channels;
      const below = first + side * channels;
      const to = (y * (side / 2) + x) * channels;
      for (let k = 0; k < channels; k++) {
        const top = Math.max(input[first + k], input[first + channels + k]);
        output[to + k] = Math.max(top, input[below + k], input[below + channels + k]);
      }
    }
  }
}

/**
 * The way back through relu and pooling: the gradient goes to the first of the largest of each four
 * values, as in TensorFlow, and nowhere if that is zero.
 */
function maxPoolBack(input, side, channels, gradient, output) {
  output.fill(0);
  for (let y = 0; y < side / 2; y++) {
    for (let x = 0; x < side / 2; x++) {
      const first = (2 * y * side + 2 * x) * channels;
      const from = (y * (side / 2) + x) * channels;
      for (let k = 0; k < channels; k++) {
        let best = first + k;
        for (const step of [channels, side * channels, (side + 1) * channels]) {
          if (input[first + step + k] > input[best]) best = first + step + k;
        }
        if (input[best] > 0) output[best] = gradient[from + k];
      }
    }
  }
}

function lastLayer(input, weights, bias, output) {
  for (let c = 0; c < CLASSES; c++) {
    let sum = bias[c];
    for (let j = 0; j < DENSE; j++) sum += input[j] * weights[j * CLASSES + c];
    output[c] = sum;
  }
}

/** Grad-CAM on the layer's grid: maps weighted by their mean gradient, summed, negative parts cut off. */
function weightedSum(maps, gradient, side, channels) {
  const weights = new Float64Array(channels);
  const places = side * side;
  for (let i = 0; i < gradient.length; i++) weights[i % channels] += gradient[i] / places;
  return Float64Array.from({ length: places }, (_, place) => {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += maps[place * channels + k] * weights[k];
    return Math.max(sum, 0);
  });
}

/** Bilinear interpolation of a square map, pixel centres at one half, as helpers.image.resize. */
function resize(map, old, side) {
  const stops = Array.from({ length: side }, (_, k) => {
    const centre = ((k + 0.5) * old) / side - 0.5;
    const left = Math.floor(centre);
    const clip = (place) => Math.min(Math.max(place, 0), old - 1);
    return { one: clip(left), other: clip(left + 1), share: centre - left };
  });
  const resized = new Float32Array(side * side);
  stops.forEach((row, y) => {
    stops.forEach((column, x) => {
      const along = (r) => (1 - column.share) * map[r * old + column.one] + column.share * map[r * old + column.other];
      resized[y * side + x] = (1 - row.share) * along(row.one) + row.share * along(row.other);
    });
  });
  return resized;
}

function copyAll(from, to) {
  for (const name of Object.keys(from)) to[name].set(from[name]);
}

function restore(from, to, side, channels, { top, bottom, left, right }) {
  for (let y = top; y < bottom; y++) {
    const [start, end] = [(y * side + left) * channels, (y * side + right) * channels];
    to.set(from.subarray(start, end), start);
  }
}
