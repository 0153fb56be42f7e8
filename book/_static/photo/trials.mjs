// Three things to try that surprise.

export const TRIALS = [];
