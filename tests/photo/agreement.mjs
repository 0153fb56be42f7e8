// The engine against Python: `node agreement.mjs SERVED MADE REFERENCE` prints the largest differences as JSON.

import { readReference, start } from "./network.mjs";

const [served, made, folder] = process.argv.slice(2);
const network = await start(served, made);
const { arrays, occlusions } = await readReference(folder);
const found = { probabilities: 0, logits: 0, gradCam: 0, features: 0, occlusion: 0, sameTop5: 0, looked_into: 0 };

function difference(one, other) {
  if (one.length !== other.length) throw new Error(`${one.length} values, ${other.length} expected`);
  return one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
}
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const note = (name, gap) => (found[name] = gap <= found[name] ? found[name] : gap); // NaN too
const top5 = (values) => [...values.keys()].sort((a, b) => values[b] - values[a]).slice(0, 5).sort().join();

found.pictures = arrays.rgb.count;
for (let k = 0; k < found.pictures; k++) {
  const { probabilities, logits } = network.look(arrays.rgb(k));
  note("probabilities", difference(probabilities, arrays.probabilities(k)));
  found.sameTop5 += top5(probabilities) === top5(arrays.probabilities(k));
  if (arrays.logits) note("logits", difference(logits, arrays.logits(k)));
  arrays.targets(k).forEach((target, row) => {
    const expected = arrays.grad_cam(k).subarray(49 * row, 49 * (row + 1));
    const scale = largest(network.cam(target, { signed: true })); // a class far down may have no positive part
    note("gradCam", difference(network.cam(target), expected) / Math.max(largest(expected), 0.05 * scale));
  });
  for (const name of ["stem", "block3_expand", "block5_expand", "block8_expand", "block11_expand", "head"]) {
    if (!(k < arrays[name]?.count)) continue;
    note("features", difference(network.features(name).data, arrays[name](k)));
    found.looked_into++;
  }
}
for (const [number, { picture, patch, stride, fill, class: classIndex }] of occlusions.entries()) {
  const rows = arrays[`occlusion${number}`];
  let seen = 0;
  for await (const { row, column, logit } of network.occlude(arrays.rgb(picture), classIndex, { patch, stride, fill })) {
    note("occlusion", Math.abs(logit - rows(row)[column]));
    seen++;
  }
  if (seen !== rows.count ** 2) throw new Error(`${seen} places, ${rows.count ** 2} expected`);
}
found.occlusions = occlusions.length;
console.log(JSON.stringify(found));
