// The logits of a picture under patches. In the first blocks only what a patch changes is computed: windows that
// grow from block to block, cut out of the maps of the uncovered picture. What it comes to is the same.

import { LAYERS, SIDE } from "./network.mjs";

const LAST = "block8_project"; // from there on a window is as good as the whole map

/** The stem and the first blocks: their layers, and the one among them that looks around. */
function build() {
  const units = [];
  let side = SIDE;
  for (const layer of LAYERS.slice(0, LAYERS.findIndex(({ name }) => name === LAST) + 1)) {
    if (layer.begins || !units.length) units.push({ layers: [], inside: side, inputs: layer.inputs });
    const unit = units.at(-1);
    unit.layers.push(layer);
    if (layer.size > 1) {
      const padding = Math.max((layer.side - 1) * layer.stride + layer.size - side, 0);
      Object.assign(unit, { around: layer, before: Math.floor(padding / 2) }); // zeros before the first value
    }
    Object.assign(unit, { output: layer.name, side: layer.side, channels: layer.channels });
    side = layer.side;
  }
  return units;
}

const UNITS = build();
const REST = LAYERS.slice(LAYERS.findIndex(({ name }) => name === LAST) + 1, -1);

/** Along one side, for inputs that change: outputs that do, inputs that these need, and zeros beyond the border. */
function along({ around: { size, stride }, before, inside, side }, [from, to]) {
  const first = Math.max(Math.ceil((from - size + 1 + before) / stride), 0);
  const last = Math.min(Math.floor((to - 1 + before) / stride), side - 1);
  const [start, end] = [first * stride - before, last * stride - before + size];
  return {
    changed: [first, last + 1],
    needed: [Math.max(start, 0), Math.min(end, inside)],
    zeros: [Math.max(-start, 0), Math.max(end - inside, 0)],
  };
}

/** A window of maps: values (rows, columns, channels), and which rows and columns [from, to) they are. */
class Window {
  constructor(rows, columns, channels, values) {
    const size = (rows[1] - rows[0]) * (columns[1] - columns[0]) * channels;
    Object.assign(this, { rows, columns, channels, values: values ?? new Float32Array(size) });
  }

  at(row, column) {
    return ((row - this.rows[0]) * (this.columns[1] - this.columns[0]) + column - this.columns[0]) * this.channels;
  }

  get shape() {
    return [1, this.rows[1] - this.rows[0], this.columns[1] - this.columns[0], this.channels];
  }

  /** Take over what another window has in common with this one. */
  paste(other) {
    const [top, bottom] = common(this.rows, other.rows);
    const [left, right] = common(this.columns, other.columns);
    for (let row = top; row < bottom; row++) {
      this.values.set(other.values.subarray(other.at(row, left), other.at(row, right)), this.at(row, left));
    }
    return this;
  }
}

const common = ([a, b], [c, d]) => [Math.max(a, c), Math.min(b, d)];

export class Patches {
  /** `input` is the picture as the network takes it. */
  constructor(network, input) {
    const found = network.pass(input, UNITS.map(({ output }) => output));
    const whole = (side, channels, values) => new Window([0, side], [0, side], channels, values);
    this.network = network;
    this.clean = [whole(SIDE, 3, input)]; // what goes into each unit, and what comes out of the last
    for (const { output, side, channels } of UNITS) this.clean.push(whole(side, channels, found[output].dataSync()));
    this.logits = found.logits.dataSync();
    for (const tensor of Object.values(found)) tensor.dispose();
  }

  /** The logits with a square covered by a colour, in the network's own units. */
  under(top, left, patch, colour) {
    let changed = new Window([top, top + patch], [left, left + patch], 3);
    for (let at = 0; at < changed.values.length; at += 3) changed.values.set(colour, at);
    UNITS.forEach((unit, k) => (changed = this.follow(unit, this.clean[k], changed)));
    const { tf } = this.network;
    const last = this.clean[UNITS.length];
    const { rows, columns, channels } = last;
    const whole = new Window(rows, columns, channels).paste(last).paste(changed);
    const { logits } = tf.tidy(() => this.network.propagate(tf.tensor(whole.values, whole.shape), REST, []));
    const values = logits.dataSync();
    logits.dispose();
    return values;
  }

  /** What changes in a unit's maps with a window of its inputs. */
  follow(unit, clean, changed) {
    const { tf } = this.network;
    const [rows, columns] = [along(unit, changed.rows), along(unit, changed.columns)];
    const input = new Window(rows.needed, columns.needed, unit.inputs).paste(clean).paste(changed);
    const output = tf.tidy(() => {
      let x = tf.tensor(input.values, input.shape);
      for (const layer of unit.layers) {
        if (layer === unit.around) x = tf.pad(x, [[0, 0], rows.zeros, columns.zeros, [0, 0]]);
        x = this.network.convolve(layer, x, "valid");
      }
      if (!unit.layers.at(-1).adds) return x;
      const before = new Window(rows.changed, columns.changed, unit.inputs).paste(input);
      return tf.add(x, tf.tensor(before.values, before.shape));
    });
    const values = output.dataSync();
    output.dispose();
    return new Window(rows.changed, columns.changed, unit.channels, values);
  }
}
