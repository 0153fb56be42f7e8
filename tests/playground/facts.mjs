// What the page's modules say about the drawing, the network's geometry and the challenges, as JSON.
// `node facts.mjs SERVED DIGITS SOLUTIONS`: DIGITS are bytes (N, 28, 28), SOLUTIONS is a JSON file.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of Node.js do not have it at hand
const [served, digitFile, solutionFile] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(served, name)));
const engine = await load("engine.mjs");
const ink = await load("ink.mjs");
const colours = await load("../live/colours.mjs");
const { correlation } = await load("../live/numbers.mjs");
const { positions, softmax } = await load("../live/network.mjs");
const { CHALLENGES } = await load("challenges.mjs");
const { plain } = await load("plain.mjs");
const { decode } = await load("weights.mjs");

const bytes = async (file) => {
  const content = await readFile(file);
  return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
};
const manifest = JSON.parse(await readFile(path.join(served, "manifest.json"), "utf8"));
const weights = await decode(await bytes(path.join(served, "weights.bin")), manifest);
const asDigits = (buffer) => Float32Array.from(new Uint8Array(buffer), (value) => value / 255);
const digit = (digits, k) => digits.slice(k * 784, (k + 1) * 784);
const same = (one, other) => one.every((value, k) => value === other[k]);
const facts = {};

// Centring

const digits = asDigits(await bytes(digitFile));
const count = digits.length / 784;
facts.unchanged = 0;
for (let k = 0; k < count; k++) facts.unchanged += same(digit(digits, k), ink.centred(digit(digits, k)).image);

const line = (...points) => {
  const board = new Float32Array(784);
  const places = points.map(([x, y]) => ({ x, y }));
  places.forEach((place, k) => ink.draw(board, places[Math.max(k - 1, 0)], place));
  return board;
};
const corner = ink.centred(line([3, 3], [13, 3], [6, 23]));
const moved = ink.centred(line([11, 6], [21, 6], [14, 26]));
facts.shiftLeft = Math.max(...corner.image.map((ink, k) => Math.abs(ink - moved.image[k])));
const [large, small] = [ink.centred(line([2, 2], [26, 26])), ink.centred(line([11, 11], [13, 13]))];
const extent = (image) => {
  const rows = Array.from(image.keys()).filter((k) => image[k] > 0).map((k) => Math.floor(k / 28));
  return Math.max(...rows) - Math.min(...rows) + 1;
};
facts.extents = [extent(large.image), extent(small.image), extent(line([2, 2], [26, 26])), extent(line([11, 11], [13, 13]))];
facts.empty = ink.centred(new Float32Array(784)).image.every((value) => value === 0);
// A dot in the drawing, and where the way back from its place in the image leads.
const spot = ink.centred(line([2.5, 4.5], [24.5, 8.5]));
const right = Array.from(spot.image.keys()).filter((k) => spot.image[k] > 0.5).map((k) => k % 28);
facts.wayBack = (Math.max(...right) + 1) / spot.scale + spot.left;

// Pen and eraser

const dot = line([10.5, 5.5]);
facts.dot = [dot[5 * 28 + 10], dot[5 * 28 + 11], dot[5 * 28 + 12], dot.filter((value) => value > 0).length];
const full = new Float32Array(784).fill(1);
ink.erase(full, { x: 3.1, y: 7.9 }, { x: 3.9, y: 7.1 });
ink.erase(full, { x: 5.5, y: 2.5 }, { x: 8.5, y: 2.5 });
ink.erase(full, { x: -4, y: -4 }, { x: -1, y: 30 });
facts.erased = Array.from(full.keys()).filter((k) => full[k] === 0);

// Receptive fields: in a network of ones, a value changes exactly if one of the pixels that it sees does.

const ones = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.map(() => 1)]));
const summing = new engine.Network(ones, plain);
const before = Object.fromEntries(
  Object.entries(summing.forward(new Float32Array(784).fill(0.5))).map(([name, values]) => [name, values.slice()]),
);
facts.wrongFields = 0;
for (let pixel = 0; pixel < 784; pixel += 5) {
  const acts = summing.forward(Float32Array.from({ length: 784 }, (_, k) => (k === pixel ? 1 : 0.5)));
  const [y, x] = [Math.floor(pixel / 28), pixel % 28];
  engine.CONVS.forEach(({ name, side, channels }, conv) => {
    for (let place = 0; place < side * side; place++) {
      const { top, bottom, left, right } = engine.receptiveField(conv, Math.floor(place / side), place % side);
      const sees = y >= top && y < bottom && x >= left && x < right;
      const changes = acts[name][place * channels] !== before[name][place * channels];
      facts.wrongFields += sees !== changes;
    }
  });
}

// Random weights

facts.randomised = [1, 1, 2, 5].map((layers, k) => {
  const made = engine.randomised(weights, layers, k === 1 ? 2 : 1);
  return Object.fromEntries(
    Object.entries(made).map(([name, values]) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return [name, { changed: !same(values, weights[name]), largest, mean, first: values[0] }];
    }),
  );
});

// Small things that Python knows too

facts.positions = [[7, 2], [5, 5], [9, 4], [28, 3], [1, 1]].map(([patch, stride]) => positions(28, patch, stride));
facts.correlation = [correlation([1, 2, 3, 5], [2, 1, 4, 4]), correlation([1, 1], [1, 2])];
facts.softmax = softmax([30, 29, -1000]);
const rgb = (table) => Array.from(table, (word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255]);
facts.viridis = rgb(colours.viridis);
facts.blueRed = rgb(colours.blueRed);
const every = Uint16Array.from({ length: 65536 }, (_, bits) => ((bits >> 10) & 31) === 31 ? 0 : bits);
const hash = Buffer.from(await crypto.subtle.digest("SHA-256", every)).toString("hex");
const tensors = [{ name: "all", shape: [256, 256], offset: 0 }];
facts.halves = Array.from((await decode(every.buffer, { bytes: 131072, sha256: hash, tensors })).all);
facts.complaints = [];
for (const wrong of [{ bytes: 1 }, { sha256: "0" }]) {
  await decode(every.buffer, { bytes: 131072, sha256: hash, tensors, ...wrong }).catch((e) => facts.complaints.push(e.message));
}

// Challenges

const examples = asDigits(await bytes(path.join(served, "digits.bin")));
const solutions = JSON.parse(await readFile(solutionFile, "utf8"));
const network = new engine.Network(weights, plain);
const judged = (challenge, board, start) => {
  const image = challenge.digit === null ? ink.centred(board).image : board; // as the page does
  return challenge.judge({ board: image, start, probabilities: softmax(network.forward(image).logits) });
};
facts.challenges = CHALLENGES.map((challenge, k) => {
  const start = challenge.digit === null ? new Float32Array(784) : digit(examples, challenge.digit);
  const board = solutions[k].draw ? line(...solutions[k].draw) : start.slice();
  let pixels = solutions[k].erase ?? [];
  if (pixels === "bar") pixels = Array.from(start.keys()).filter((p) => p % 28 < 17 && p < 12 * 28 && start[p] > 0);
  for (const pixel of pixels) board[pixel] = 0;
  const cleared = new Float32Array(784);
  const filled = start.map((value) => Math.max(value, 0.5));
  const clean = digit(examples, [1, 8, 3][k]); // sure enough, but not allowed
  const others = [start, cleared, filled, clean].map((tried) => judged(challenge, tried, start).solved);
  return { solution: judged(challenge, board, start), pixels, others };
});

console.log(JSON.stringify(facts));
