// From half-precision bytes to the network's weights.

/** The 65,536 numbers that half precision knows, by their bits. */
function halves() {
  const table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? NaN : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = bits >> 15 ? -size : size;
  }
  return table;
}

/** Weights by name, from the file's bytes (ArrayBuffer) and its manifest; an Error if they do not fit. */
export async function decode(buffer, manifest) {
  if (buffer.byteLength !== manifest.bytes) {
    throw new Error(`The weights have ${buffer.byteLength} bytes, ${manifest.bytes} are expected.`);
  }
  const hash = await sha256(buffer);
  if (hash && hash !== manifest.sha256) throw new Error("The weights are not those of the manifest.");
  const table = halves();
  const view = new DataView(buffer);
  const weights = {};
  for (const { name, shape, offset } of manifest.tensors) {
    const size = shape.reduce((a, b) => a * b);
    weights[name] = Float32Array.from({ length: size }, (_, k) => table[view.getUint16(offset + 2 * k, true)]);
  }
  return weights;
}

/** A hash in hexadecimal; null where the browser has none (it wants https, or this machine). */
async function sha256(buffer) {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
