// EfficientNet-Lite0: its layers, and what a value of them sees. Only facts, nothing is computed with weights.
//
// The counterpart of helpers/efficientnet.py: batch normalisation is part of kernels and biases.

export const SIDE = 224;
export const CLASSES = 1000;
// Blocks that follow each other, their kernel size, first stride, expansion, and channels at the end.
const STAGES = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
];

/** All layers with weights from the bottom up. `begins` and `adds`: the first and last ones of a block that adds. */
function build() {
  const layers = [];
  let [side, channels, number] = [SIDE, 3, 0];
  const add = (name, kind, size, stride, outputs, more = {}) => {
    side = Math.ceil(side / stride);
    layers.push({ name, kind, size, stride, inputs: channels, channels: outputs, side, relu: true, ...more });
    channels = outputs;
  };
  add("stem", "full", 3, 2, 32);
  for (const [repeats, size, firstStride, expansion, outputs] of STAGES) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      number++;
      const stride = repeat ? 1 : firstStride;
      const adds = stride === 1 && channels === outputs;
      const first = expansion > 1 ? "expand" : "depthwise";
      const begins = (part) => ({ begins: part === first });
      if (expansion > 1) add(`block${number}_expand`, "full", 1, 1, expansion * channels, begins("expand"));
      add(`block${number}_depthwise`, "depthwise", size, stride, channels, begins("depthwise"));
      add(`block${number}_project`, "full", 1, 1, outputs, { relu: false, adds });
    }
  }
  add("head", "full", 1, 1, 1280);
  side = 1;
  add("preds", "dense", 1, 1, CLASSES, { relu: false });
  return layers;
}

/** {name, kind, size, stride, inputs, channels, side, relu} of all 50 layers with weights, from the bottom up. */
export const LAYERS = build();
/** Six depths that are worth looking at: the widest maps at each resolution. */
export const DEPTHS = ["stem", "block3_expand", "block5_expand", "block8_expand", "block11_expand", "head"].map((name) => {
  return LAYERS.find((layer) => layer.name === name);
});

/** How far the values of a layer see, along one side: {jump, before, after} in pixels. */
function reach(name) {
  let [jump, before, after, side] = [1, 0, 0, SIDE];
  for (const layer of LAYERS) {
    const padding = Math.max((layer.side - 1) * layer.stride + layer.size - side, 0);
    const first = Math.floor(padding / 2); // as TensorFlow pads: one more at the end
    before += first * jump;
    after += (layer.size - 1 - first) * jump;
    jump *= layer.stride;
    side = layer.side;
    if (layer.name === name) return { jump, before, after };
  }
  throw new Error(`There is no layer ${name}.`);
}

/** The pixels that the value at a row and column of a layer's maps depends on: {top, left, height, width}. */
export function receptiveField(name, row, column) {
  const { jump, before, after } = reach(name);
  const clip = (place) => Math.min(Math.max(place, 0), SIDE);
  const along = (place) => [clip(place * jump - before), clip(place * jump + after + 1)];
  const [[top, bottom], [left, right]] = [along(row), along(column)];
  return { top, left, height: bottom - top, width: right - left };
}
