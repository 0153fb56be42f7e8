// Numbers: the largest ones, and how they are written.

export const argMax = (values) => values.indexOf(Math.max(...values));
export const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
export const percent = (share) => `${(100 * share).toFixed(1)}%`;
export const minus = (text) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));
export const short = (value) => (value === 0 ? "0" : Number(value.toPrecision(2)).toString());

/** Pearson's correlation of two maps; NaN if one of them is constant. */
export function correlation(one, other) {
  const mean = (map) => map.reduce((a, b) => a + b, 0) / map.length;
  const [meanOne, meanOther] = [mean(one), mean(other)];
  let [both, squaresOne, squaresOther] = [0, 0, 0];
  for (let k = 0; k < one.length; k++) {
    const [a, b] = [one[k] - meanOne, other[k] - meanOther];
    both += a * b;
    squaresOne += a * a;
    squaresOther += b * b;
  }
  return squaresOne > 0 && squaresOther > 0 ? both / Math.sqrt(squaresOne * squaresOther) : NaN;
}
