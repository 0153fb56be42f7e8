// From half-precision bytes to the network's weights.

import { halfFloats, sha256 } from "../live/bytes.mjs";

/** Weights by name, from the file's bytes (ArrayBuffer) and its manifest; an Error if they do not fit. */
export async function decode(buffer, manifest) {
  if (buffer.byteLength !== manifest.bytes) {
    throw new Error(`The weights have ${buffer.byteLength} bytes, ${manifest.bytes} are expected.`);
  }
  const hash = await sha256(buffer);
  if (hash && hash !== manifest.sha256) throw new Error("The weights are not those of the manifest.");
  const weights = {};
  for (const { name, shape, offset } of manifest.tensors) {
    weights[name] = halfFloats(buffer, offset, shape.reduce((a, b) => a * b));
  }
  return weights;
}
