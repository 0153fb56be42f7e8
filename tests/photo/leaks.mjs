// Memory before and after many looks: `node leaks.mjs SERVED MADE COUNT` prints it as JSON.

import { start } from "./network.mjs";

const [served, made, count] = process.argv.slice(2);
const network = await start(served, made);
const rgb = new Uint8Array(224 * 224 * 3);
const found = { looks: 0, tensors: [], bytes: [], heap: [] };

async function use(times) {
  for (let k = 0; k < times; k++) {
    for (let at = k % 7; at < rgb.length; at += 7) rgb[at] = (k * 31 + at) % 256;
    network.look(rgb);
    found.looks++;
    if (k % 10) continue;
    network.cam(k % 1000);
    network.features("block3_expand");
    network.forget(k % 50);
    network.restore();
    const places = network.occlude(rgb, k % 1000, { patch: 64, stride: 32 });
    await places.next();
    await places.return(); // cancelled
  }
}

function note() {
  const { numTensors, numBytes } = network.tf.memory();
  found.tensors.push(numTensors);
  found.bytes.push(numBytes);
  found.heap.push(network.tf.backend().wasm.HEAPU8.length);
}

await use(51); // has done everything that it will do
found.looks = 0;
note();
await use(Number(count));
note();
network.dispose();
found.left = network.tf.memory().numTensors;
console.log(JSON.stringify(found));
