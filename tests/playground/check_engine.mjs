// The engine under node: `node check_engine.mjs SERVED REFERENCE plain|kernel [COUNT]` prints its agreement as JSON.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { agreement } from "./agreement.mjs";

globalThis.crypto ??= webcrypto; // older versions of Node.js do not have it at hand
const [served, reference, kind, count] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(served, name)));
const bytes = async (...names) => {
  const content = await readFile(path.join(...names));
  return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
};
const json = async (...names) => JSON.parse(await readFile(path.join(...names), "utf8"));

const [engine, { plain }, { startKernel }, { decode }, { softmax }] = await Promise.all(
  ["engine.mjs", "plain.mjs", "kernel.mjs", "weights.mjs", "../live/network.mjs"].map(load),
);
const weights = await decode(await bytes(served, "weights.bin"), await json(served, "manifest.json"));
const ops = kind === "plain" ? plain : await startKernel(await bytes(served, "kernel.wasm"));
const network = new engine.Network(weights, ops);
const index = await json(reference, "reference.json");
const buffer = await bytes(reference, "reference.bin");
console.log(JSON.stringify(agreement(softmax, network, index, buffer, count ? Number(count) : undefined)));
