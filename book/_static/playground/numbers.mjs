// Numbers: the largest ones, and how they are written.

export const argMax = (values) => values.indexOf(Math.max(...values));
export const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const minus = (text) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));
export const short = (value) => (value === 0 ? "0" : Number(value.toPrecision(2)).toString());
