// The network's inner loops in plain JavaScript: the reference of the fast path, and what runs without it.
//
// Images and feature maps are Float32Arrays (side, side, channels), kernels (3, 3, inputs, outputs),
// as in Keras. Sums are kept in double precision.

const sums = new Float64Array(128);

/** A 3 x 3 "same" convolution of the pixels in a region {top, bottom, left, right}, the ends not included. */
function convolve(input, side, inputs, kernel, bias, outputs, output, region, relu) {
  for (let y = region.top; y < region.bottom; y++) {
    for (let x = region.left; x < region.right; x++) {
      for (let k = 0; k < outputs; k++) sums[k] = bias[k];
      for (let u = Math.max(y - 1, 0); u < Math.min(y + 2, side); u++) {
        for (let v = Math.max(x - 1, 0); v < Math.min(x + 2, side); v++) {
          const tap = (u - y + 1) * 3 + (v - x + 1);
          addRows(input, (u * side + v) * inputs, inputs, kernel, tap * inputs * outputs, outputs);
        }
      }
      store(output, (y * side + x) * outputs, outputs, relu);
    }
  }
}

/** A dense layer with relu; weights (size, outputs). */
function dense(input, size, weights, bias, outputs, output) {
  for (let k = 0; k < outputs; k++) sums[k] = bias[k];
  addRows(input, 0, size, weights, 0, outputs);
  store(output, 0, outputs, true);
}

/** The way back through a dense layer: output[i] = weights[i] . gradient. */
function denseBack(gradient, outputs, weights, size, output) {
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) sum += weights[i * outputs + k] * gradient[k];
    output[i] = sum;
  }
}

/** Add input[i] * row i of the weights to the sums, for the values that are not zero. */
function addRows(input, first, count, weights, start, outputs) {
  for (let i = 0; i < count; i++) {
    const value = input[first + i];
    if (value === 0) continue;
    const row = start + i * outputs;
    for (let k = 0; k < outputs; k++) sums[k] += value * weights[row + k];
  }
}

function store(output, first, count, relu) {
  for (let k = 0; k < count; k++) output[first + k] = relu && sums[k] < 0 ? 0 : sums[k];
}

export const plain = { name: "plain JavaScript", floats: (size) => new Float32Array(size), convolve, dense, denseBack };
