// The fast path of the live page: the network's three inner loops with SIMD, in AssemblyScript.
// Compiled to book/_static/playground/kernel.wasm by `make playground`; the plain JavaScript in plain.mjs
// computes the same and is what it is compared with.
//
// Arrays are addresses of float32 values in the memory that this module exports. Images and feature maps
// are (side, side, channels), kernels (3, 3, inputs, outputs), and channels are a multiple of 4, outputs
// of 32 or 1. Nothing is allocated: whoever calls places arrays from `heap()` on.

const MOST_PIXELS: i32 = 28 * 28;
const MOST_VALUES: i32 = 28 * 28 * 32; // the largest feature map
const BLOCK: i32 = 32; // outputs that are summed up in registers at once

// What is not zero: for each pixel how many values, and for each value its channel and itself.
const counts = memory.data(MOST_PIXELS * 4, 16);
const channels = memory.data(MOST_VALUES * 4, 16);
const values = memory.data(MOST_VALUES * 4, 16);

/** The first address that is free. */
export function heap(): usize {
  return __heap_base;
}

/** List what is not zero among `size` values; give their number. */
function gather(from: usize, size: i32, first: usize): i32 {
  let found: usize = 0;
  for (let k: i32 = 0; k < size; k++) {
    const value = load<f32>(from + (<usize>k << 2));
    store<i32>(channels + ((first + found) << 2), k); // overwritten by the next value if this one is zero
    store<f32>(values + ((first + found) << 2), value);
    found += <usize>(value != 0);
  }
  return <i32>found;
}

/** Add values[k] * rows[channels[k]] to 32 sums, for k from `first` on. */
// @ts-ignore: decorator
@inline
function addRows(first: usize, count: i32, rows: usize, stride: usize, sums: usize): void {
  let a = v128.load(sums, 0);
  let b = v128.load(sums, 16);
  let c = v128.load(sums, 32);
  let d = v128.load(sums, 48);
  let e = v128.load(sums, 64);
  let f = v128.load(sums, 80);
  let g = v128.load(sums, 96);
  let h = v128.load(sums, 112);
  const end = (first + count) << 2;
  for (let k = first << 2; k < end; k += 4) {
    const row = rows + <usize>load<i32>(channels + k) * stride;
    const x = v128.load_splat<f32>(values + k);
    a = f32x4.add(a, f32x4.mul(x, v128.load(row, 0)));
    b = f32x4.add(b, f32x4.mul(x, v128.load(row, 16)));
    c = f32x4.add(c, f32x4.mul(x, v128.load(row, 32)));
    d = f32x4.add(d, f32x4.mul(x, v128.load(row, 48)));
    e = f32x4.add(e, f32x4.mul(x, v128.load(row, 64)));
    f = f32x4.add(f, f32x4.mul(x, v128.load(row, 80)));
    g = f32x4.add(g, f32x4.mul(x, v128.load(row, 96)));
    h = f32x4.add(h, f32x4.mul(x, v128.load(row, 112)));
  }
  v128.store(sums, a, 0);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  v128.store(sums, e, 64);
  v128.store(sums, f, 80);
  v128.store(sums, g, 96);
  v128.store(sums, h, 112);
}

/** The products of two rows of `size` values, summed up. */
// @ts-ignore: decorator
@inline
function dot(one: usize, other: usize, size: i32): f32 {
  let sums = f32x4.splat(0);
  for (let k: usize = 0; k < <usize>size << 2; k += 16) {
    sums = f32x4.add(sums, f32x4.mul(v128.load(one + k), v128.load(other + k)));
  }
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    f32x4.extract_lane(sums, 2) +
    f32x4.extract_lane(sums, 3)
  );
}

function rectify(from: usize, size: i32): void {
  for (let k: usize = 0; k < <usize>size << 2; k += 16) {
    v128.store(from + k, f32x4.max(v128.load(from + k), f32x4.splat(0)));
  }
}

/** A 3 x 3 "same" convolution of the pixels in rows top to bottom - 1 and columns left to right - 1. */
export function convolve(
  input: usize, side: i32, inputs: i32, kernel: usize, bias: usize, outputs: i32, output: usize,
  top: i32, bottom: i32, left: i32, right: i32, relu: bool,
): void {
  if (outputs == 1) return convolveToOne(input, side, inputs, kernel, bias, output, top, bottom, left, right);
  for (let y = max(top - 1, 0); y < min(bottom + 1, side); y++) {
    for (let x = max(left - 1, 0); x < min(right + 1, side); x++) {
      const pixel = y * side + x;
      const found = gather(input + (<usize>(pixel * inputs) << 2), inputs, pixel * inputs);
      store<i32>(counts + (<usize>pixel << 2), found);
    }
  }
  const stride = <usize>outputs << 2;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const sums = output + <usize>(y * side + x) * stride;
      memory.copy(sums, bias, stride);
      for (let block: usize = 0; block < stride; block += BLOCK << 2) {
        for (let u = max(y - 1, 0); u < min(y + 2, side); u++) {
          for (let v = max(x - 1, 0); v < min(x + 2, side); v++) {
            const pixel = u * side + v;
            const tap = (u - y + 1) * 3 + (v - x + 1);
            const rows = kernel + <usize>(tap * inputs) * stride + block;
            addRows(pixel * inputs, load<i32>(counts + (<usize>pixel << 2)), rows, stride, sums + block);
          }
        }
      }
      if (relu) rectify(sums, outputs);
    }
  }
}

/** The same for one output channel, without relu. */
function convolveToOne(
  input: usize, side: i32, inputs: i32, kernel: usize, bias: usize, output: usize,
  top: i32, bottom: i32, left: i32, right: i32,
): void {
  const stride = <usize>inputs << 2;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      let sum = load<f32>(bias);
      for (let u = max(y - 1, 0); u < min(y + 2, side); u++) {
        for (let v = max(x - 1, 0); v < min(x + 2, side); v++) {
          const tap = (u - y + 1) * 3 + (v - x + 1);
          sum += dot(input + <usize>(u * side + v) * stride, kernel + <usize>tap * stride, inputs);
        }
      }
      store<f32>(output + (<usize>(y * side + x) << 2), sum);
    }
  }
}

/** A dense layer with relu: output = max(0, bias + input . weights), weights (size, outputs). */
export function dense(
  input: usize, size: i32, weights: usize, bias: usize, outputs: i32, output: usize,
): void {
  const found = gather(input, size, 0);
  const stride = <usize>outputs << 2;
  memory.copy(output, bias, stride);
  for (let block: usize = 0; block < stride; block += BLOCK << 2) {
    addRows(0, found, weights + block, stride, output + block);
  }
  rectify(output, outputs);
}

/** The way back through a dense layer: output[i] = weights[i] . gradient. */
export function denseBack(gradient: usize, outputs: i32, weights: usize, size: i32, output: usize): void {
  for (let k: i32 = 0; k < size; k++) {
    const row = weights + <usize>(k * outputs << 2);
    store<f32>(output + (<usize>k << 2), dot(row, gradient, outputs));
  }
}
