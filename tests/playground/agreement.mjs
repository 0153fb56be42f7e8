// Compare the page's engine with reference digits from Python.

const QUANTITIES = ["probabilities", "conv1", "conv2", "conv3", "saliency", "grad_cam", "occlusion", "occlusion_exact"];

/** Arrays by name from the reference's index and bytes. */
function unpack(index, buffer) {
  const arrays = {};
  for (const { name, shape, offset } of index.arrays) {
    const [count, ...rest] = shape;
    const size = rest.reduce((a, b) => a * b, 1);
    const rows = new Float32Array(buffer, offset, count * size);
    arrays[name] = (digit) => rows.subarray(digit * size, (digit + 1) * size);
  }
  return arrays;
}

function difference(found, expected) {
  if (found.length !== expected.length) throw new Error(`${found.length} values, ${expected.length} expected`);
  let largest = 0;
  for (let k = 0; k < found.length; k++) {
    const gap = Math.abs(found[k] - expected[k]);
    if (!(gap <= largest)) largest = gap; // NaN too
  }
  return largest;
}

/** All that the engine says of a digit, for one class, as the reference has it. */
export function look(softmax, network, digit, target, { patch, stride, baseline }) {
  const map = (maps) => maps.subarray(target * 784, (target + 1) * 784);
  const acts = network.forward(digit);
  const found = { probabilities: softmax(acts.logits) };
  for (const name of ["conv1", "conv2", "conv3"]) found[name] = Float32Array.from(acts[name]);
  const maps = network.gradientMaps();
  found.saliency = map(maps.saliency);
  found.grad_cam = map(maps.gradCam);
  const sliding = network.occlusion(patch, stride, baseline);
  let step = sliding.next();
  while (!step.done) step = sliding.next();
  found.occlusion = found.occlusion_exact = map(step.value);
  return found;
}

/** The largest difference of each quantity over the first `count` reference digits. */
export function agreement(softmax, network, index, buffer, count = index.digits.length) {
  const arrays = unpack(index, buffer);
  const sizes = Object.fromEntries(index.arrays.map(({ name, shape }) => [name, shape[0]]));
  const largest = Object.fromEntries(QUANTITIES.map((name) => [name, 0]));
  for (let digit = 0; digit < count; digit++) {
    const { target, ...settings } = index.digits[digit];
    const found = look(softmax, network, arrays.image(digit), target, settings);
    for (const name of QUANTITIES) {
      if (digit >= sizes[name]) continue; // some are known for the first digits only
      const expected = arrays[name](digit);
      const scale = name === "occlusion" ? Math.max(1, ...expected.map(Math.abs)) : 1; // logits, in single precision
      const gap = difference(found[name], expected) / scale;
      if (!(gap <= largest[name])) largest[name] = gap;
    }
  }
  return largest;
}
