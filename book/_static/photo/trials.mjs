// Three things to try that surprise. The numbers in them were found with this page, and a test finds them again.

/** Show one of the course's photographs, all of it, with trained weights and nothing over it that was chosen before. */
async function begin(lab, name, tool) {
  lab.forget(0);
  await lab.sources.example(lab.sources.examples.findIndex((example) => example.name === name));
  lab.press("tool", tool);
  lab.press("over", "first");
}

export const TRIALS = [
  {
    title: "A cat that is a fox",
    task: `The whole face is an Egyptian cat, with 40%. Its upper left part alone is a red fox, with 81%. Move the photograph,
      and find where one becomes the other.`,
    async setUp(lab) {
      await begin(lab, "cat", "move");
      lab.stage.view.zoom(3, 0, 0);
      lab.stage.update();
    },
  },
  {
    title: "A cover is part of the picture",
    task: `Grace Hopper is a military uniform, with 31%. A grey disc over nose and mouth makes her a gasmask, with 31%. Undo,
      and cover the same place with a blur. Now she is a bow tie, with 21% if you hit the very same place.`,
    async setUp(lab) {
      await begin(lab, "grace_hopper", "cover");
      lab.setBrush("grey", 34);
      lab.stage.stroke({ x: 0.48, y: 0.5 });
    },
  },
  {
    title: "A good map of nothing",
    task: `The last two layers have random weights, and yet the map of the espresso looks right: its correlation with the
      trained network’s map is 0.85. With only one random layer it is −0.25.`,
    async setUp(lab) {
      await begin(lab, "espresso", "move");
      lab.forget(2);
    },
  },
];
