// Bytes: half-precision numbers, hashes, and files that come piece by piece.

let table = null;

/** The 65,536 numbers that half precision knows, by their bits. */
function halves() {
  table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? NaN : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = bits >> 15 ? -size : size;
  }
  return table;
}

/** `size` half-precision numbers, little-endian, from a byte on. */
export function halfFloats(buffer, offset, size) {
  const numbers = table ?? halves();
  const view = new DataView(buffer, offset, 2 * size);
  const found = new Float32Array(size);
  for (let k = 0; k < size; k++) found[k] = numbers[view.getUint16(2 * k, true)];
  return found;
}

/** A hash in hexadecimal; null where the browser has none (it wants https, or this machine). */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of an answer; `came` is told how many are there each time some have come. */
export async function pieces(answer, came) {
  const found = [];
  let loaded = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    found.push(value);
    came((loaded += value.length));
  }
  const bytes = new Uint8Array(loaded);
  found.reduce((at, piece) => (bytes.set(piece, at), at + piece.length), 0);
  return bytes;
}
