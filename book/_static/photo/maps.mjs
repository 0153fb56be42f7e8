// What each map is, what it does not prove, and where the course explains it.

import { blueRed, inferno } from "../live/colours.mjs";

const chapter = (file, number) => `<a href="../notebooks/${file}.html">chapter ${number}</a>`;

export const MAPS = {
  first: {
    name: "Grad-CAM",
    colours: inferno,
    says: `Where the last 1,280 feature maps speak for this class: added up with the weights that the class gives
      them, and what speaks against it cut off (${chapter("08_grad_cam", 8)}).`,
    not: "It has 7 × 7 values, so it knows no outlines; and heat is no proof that the network needs that place.",
  },
  second: {
    name: "Second class",
    colours: inferno,
    says: `The same for another class of the same photograph (${chapter("08_grad_cam", 8)}).`,
    not: "Each class has a map, even one that the network rules out. Only the number at the scale tells how little it is.",
  },
  difference: {
    name: "Difference",
    colours: blueRed,
    signed: true,
    says: `Red speaks for the first class more than for the second, blue the other way round. All 49 values add up to
      the difference of the two logits, but for a constant (${chapter("08_grad_cam", 8)}).`,
    not: "Where neither colour lies is not nothing: both classes may like that place equally well.",
  },
  occlusion: {
    name: "Occlusion",
    colours: blueRed,
    signed: true,
    says: `By how much the logit of the first class falls if a patch covers the place; red: it falls, blue: it rises
      (${chapter("06_occlusion", 6)}).`,
    not: "The patch is something to see, too: another size or colour gives another map, and two places that can stand in for each other both look unimportant.",
  },
};

export const FEATURES = {
  says: `What single filters answer at each place, brightest where they answer most (${chapter("04_feature_maps", 4)}).`,
  not: "A bright spot on an ear does not make the filter one for ears: it takes many photographs to say what a filter likes.",
};

export const RANDOM = {
  says: `If a map stays as it was although the network has forgotten what it learned, the map does not show what was learned
    (${chapter("10_trust", 10)}).`,
  not: "A map that changes has passed this test, and no other.",
};
