// The page's network under node, and what Python has written for it.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of Node.js do not have it at hand

const TYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** A module of the page. */
export const load = (served, name) => import(pathToFileURL(path.join(served, name)));

/** What the engine fetches its files with; weights and their manifest lie where the tests made them. */
export const fetcher = (served, made) => async (name) => {
  return new Uint8Array(await readFile(path.join(name.includes("/") ? served : made, name)));
};

/** The network, ready. */
export async function start(served, made, options) {
  const { PhotoNetwork } = await load(served, "engine.mjs");
  return PhotoNetwork.load(fetcher(served, made), options);
}

/** Arrays by name, each a function from a row's number to its values; `count` rows. */
export async function readReference(folder) {
  const index = JSON.parse(await readFile(path.join(folder, "reference.json"), "utf8"));
  const content = await readFile(path.join(folder, "reference.bin"));
  const arrays = {};
  for (const { name, shape, dtype, offset } of index.arrays) {
    const [count, ...rest] = shape;
    const size = rest.reduce((a, b) => a * b, 1);
    const start = content.byteOffset + offset;
    const bytes = content.buffer.slice(start, start + TYPES[dtype].BYTES_PER_ELEMENT * count * size);
    const values = new TYPES[dtype](bytes);
    arrays[name] = (row) => values.subarray(row * size, (row + 1) * size);
    arrays[name].count = count;
  }
  return { ...index, arrays };
}
