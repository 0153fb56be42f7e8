// What each map is, what it does not prove, and where the course explains it.

import { blueRed, inferno } from "../live/colours.mjs";

const chapter = (file, number) => `<a href="../notebooks/${file}.html">chapter ${number}</a>`;

export const MAPS = {
  first: {
    name: "Grad-CAM",
    colours: inferno,
    says: `Where the last 1,280 feature maps speak for this class. They are added up with the weights that the class
      gives them, and what speaks against it is cut off (${chapter("08_grad_cam", 8)}).`,
    not: "It has 7 × 7 values, so it shows no outlines, and heat is no proof that the network needs that place.",
  },
  second: {
    name: "Second class",
    colours: inferno,
    says: `The same for another class of the same photograph (${chapter("08_grad_cam", 8)}).`,
    not: "Each class has a map, even one that the network rules out. On a scale of its own, such a map looks as strong as any other.",
  },
  difference: {
    name: "Difference",
    colours: blueRed,
    signed: true,
    says: `Red speaks more for the first class than for the second, blue the other way round. All 49 values add up to
      the difference of the two logits, up to a constant (${chapter("08_grad_cam", 8)}).`,
    not: "A place without colour may still matter, if it speaks equally for both classes.",
  },
  occlusion: {
    name: "Occlusion",
    colours: blueRed,
    signed: true,
    says: `How far the logit of the first class falls when a patch covers the place. Red means that it falls, blue that
      it rises (${chapter("06_occlusion", 6)}).`,
    not: "The patch is part of the picture, too: another size or colour gives another map, and two places that can stand in for each other both look unimportant.",
  },
};

export const FEATURES = {
  says: `How strongly single filters answer at each place; the brighter, the stronger (${chapter("04_feature_maps", 4)}).`,
  not: "A bright spot on an ear does not make the filter an ear detector: it takes many photographs to say what a filter responds to.",
};

export const RANDOM = {
  says: `If a map stays as it was although the network has forgotten what it learned, the map does not show what was learned
    (${chapter("10_trust", 10)}).`,
  not: "A map that changes has passed this test, and no other.",
};
