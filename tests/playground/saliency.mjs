// Saliency of the ten typical digits, each for its own class: `node saliency.mjs SERVED` prints (10, 784) as JSON.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of Node.js do not have it at hand
const served = process.argv[2];
const load = (name) => import(pathToFileURL(path.join(served, name)));
const { Network } = await load("engine.mjs");
const { plain } = await load("plain.mjs");
const { decode } = await load("weights.mjs");
const bytes = async (name) => Uint8Array.from(await readFile(path.join(served, name)));

const manifest = JSON.parse(await readFile(path.join(served, "manifest.json"), "utf8"));
const network = new Network(await decode((await bytes("weights.bin")).buffer, manifest), plain);
const digits = Float32Array.from(await bytes("digits.bin"), (value) => value / 255);
const maps = Array.from({ length: 10 }, (_, k) => {
  network.forward(digits.subarray(k * 784, (k + 1) * 784));
  return Array.from(network.gradientMaps().saliency.subarray(k * 784, (k + 1) * 784));
});
console.log(JSON.stringify(maps));
