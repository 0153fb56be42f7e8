// Three tasks, and how to tell that one is solved.

import { argMax } from "../live/numbers.mjs";

/** How many pixels differ. */
const changes = (one, other) => one.reduce((count, ink, k) => count + (Math.abs(ink - other[k]) > 0.02), 0);
const inked = (board) => board.reduce((count, ink) => count + (ink > 0.5), 0);
const pixels = (count) => `${count} ${count === 1 ? "pixel" : "pixels"}`;

const MOST_CHANGES = 45;
const LEAST_INK = 40;

/**
 * `digit`: the example that it begins with, or none. `judge` gets the board, the board at the start and
 * the probabilities; it gives whether this is a solution, what to say, and a score where less is better.
 */
export const CHALLENGES = [
  {
    title: "A 7 that is called a 1",
    task: `Begin with this 7. Draw or erase, but change at most ${MOST_CHANGES} pixels, until the network says 1.`,
    digit: 7,
    tool: "eraser",
    judge({ board, start, probabilities }) {
      const changed = changes(board, start);
      const says = `${pixels(changed)} of ${MOST_CHANGES} changed. The network says ${argMax(probabilities)}.`;
      return { solved: argMax(probabilities) === 1 && changed <= MOST_CHANGES, says, score: changed };
    },
  },
  {
    title: "No idea",
    task: `Draw something with at least ${LEAST_INK} pixels of ink for which no class gets more than 50%.`,
    digit: null,
    tool: "pen",
    judge({ board, probabilities }) {
      const ink = inked(board);
      const most = Math.max(...probabilities);
      const says = `${ink} of ${LEAST_INK} pixels of ink. The surest class has ${(100 * most).toFixed(0)}%.`;
      return { solved: ink >= LEAST_INK && most <= 0.5, says };
    },
  },
  {
    title: "From 8 to 3",
    task: "Erase as few pixels of this 8 as you can until the network says 3. A greedy search over all pixels needs 8.",
    digit: 8,
    tool: "eraser",
    judge({ board, start, probabilities }) {
      const erased = changes(board, start);
      if (board.some((ink, k) => ink > start[k] + 0.02)) return { solved: false, says: "Ink was added: undo that." };
      const says = `${pixels(erased)} erased. The network says ${argMax(probabilities)}.`;
      return { solved: argMax(probabilities) === 3, says, score: erased };
    },
  },
];
