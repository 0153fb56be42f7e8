// What the live pages' networks and workers share.

/** Probabilities from logits, in double precision. */
export function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Corners of the patches along one side, as helpers.occlusion places them: the last one at the border. */
export function positions(side, patch, stride) {
  const places = [];
  for (let place = 0; place < side - patch; place += stride) places.push(place);
  return [...places, side - patch];
}

const turn = new MessageChannel();

/** Let other messages come first. */
export const nextTurn = () => new Promise((resume) => {
  turn.port1.onmessage = resume;
  turn.port2.postMessage(null);
});
