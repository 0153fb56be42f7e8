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
    task: `The whole face is an Egyptian cat, with 41 %. Its upper left part, with an ear and nothing else that is a cat's, is
      a red fox, with 83 %: twice as sure, of less. Move the photograph, and look for the edge between the two.`,
    async setUp(lab) {
      await begin(lab, "cat", "move");
      lab.stage.view.zoom(2.5, 0, 0);
      lab.stage.update();
    },
  },
  {
    title: "A cover is something to see",
    task: `Grace Hopper is a military uniform, with 35 %. A grey disc over her mouth makes her an oxygen mask, with 21 %, or a
      gasmask, with 18 %. Undo, and cover the same place blurred: now it is a bow tie, with 12 %. What was taken away is the same.`,
    async setUp(lab) {
      await begin(lab, "grace_hopper", "cover");
      lab.setBrush("grey", 30);
      lab.stage.stroke({ x: 0.5, y: 0.5 });
    },
  },
  {
    title: "A good map of nothing",
    task: `The last two layers of the network have random weights, and it no longer knows an espresso. The map hardly minds: its
      correlation with that of the trained network is 0.87. With only one random layer it is −0.27. One look at one map tells
      you little.`,
    async setUp(lab) {
      await begin(lab, "espresso", "move");
      lab.forget(2);
    },
  },
];
