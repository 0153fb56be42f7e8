// What the element consists of, as HTML. All text is ours; nothing that is typed or loaded goes into it.

import { list, slider } from "../live/markup.mjs";
import { CHALLENGES } from "./challenges.mjs";
import { CLASSES, CONVS } from "./engine.mjs";

const bar = (c) => `
  <button type="button" class="bar" data-class="${c}" aria-pressed="false">
    <b>${c}</b><span class="track"><span class="fill"></span></span><span class="share"></span><span class="logit"></span>
  </button>`;

const example = (k) => `
  <button type="button" data-example="${k}" aria-label="${k < CLASSES ? "Typical" : "Hard"} ${k % CLASSES}">
    <canvas></canvas>
  </button>`;

const heatMap = (id, name, what) => `
  <figure data-map="${id}">
    <div class="name">${name}</div>
    <canvas class="heat" role="img" aria-label="${name}"></canvas>
    <div class="scale"><canvas aria-hidden="true"></canvas><span class="low"></span><span class="high"></span></div>
    <figcaption>${what}</figcaption>
    <div class="trained" hidden><canvas role="img" aria-label="${name} of the trained network"></canvas><span></span></div>
  </figure>`;

const sheet = (conv) => {
  const { name, side, channels } = CONVS[conv];
  return `
  <figure>
    <div class="name">${name} <span class="small">${channels} maps of ${side} × ${side}</span></div>
    <canvas class="sheet" data-sheet="${conv}" tabindex="0" role="application"
      aria-roledescription="sheet of feature maps" aria-describedby="unit"
      aria-label="${name}: ${channels} feature maps of ${side} by ${side}. The arrow keys go from value to value."></canvas>
    <div class="scale"><canvas aria-hidden="true"></canvas><span>0</span><span class="high"></span></div>
  </figure>`;
};

const challenge = ({ title, task }, k) => `
  <div class="card challenge" data-challenge="${k}">
    <h3>${title} <span class="badge"></span></h3>
    <p>${task}</p>
    <p class="says small"></p>
    <button type="button">Start</button>
  </div>`;

export const MARKUP = `
<div class="lab">
  <p class="hidden" id="news" role="status" aria-live="polite"></p>
  <p class="hidden" id="cursor" role="status" aria-live="polite"></p>
  <section class="top">
    <div>
      <h2>Draw a digit</h2>
      <canvas class="board" tabindex="0" role="application" aria-roledescription="drawing board" aria-describedby="keys"
        aria-label="Drawing board of 28 by 28 pixels"></canvas>
      <p class="hidden" id="keys">The arrow keys move the cursor. Space puts the pen or the eraser down and lifts it.
        Delete erases one pixel.</p>
      <div class="tools row">
        <label class="choice"><input type="radio" name="tool" value="pen" checked><span>Pen</span></label>
        <label class="choice"><input type="radio" name="tool" value="eraser"><span>Eraser</span></label>
        <button type="button" id="undo">Undo</button>
        <button type="button" id="clear">Clear</button>
      </div>
      <label class="check"><input type="checkbox" id="centre" checked>Centre and scale it as MNIST does</label>
      <p class="trial" id="trial" hidden></p>
    </div>
    <div>
      <h2>What the network says</h2>
      <div class="bars">
        <div class="heads small" aria-hidden="true"><span>class</span><span>probability</span><span>logit</span></div>
        ${list(CLASSES, bar)}
      </div>
      <p class="small" id="explained"></p>
    </div>
  </section>
  <section>
    <h2>Or take a digit from MNIST</h2>
    <div class="examples">
      <span class="small">typical</span><div class="strip">${list(CLASSES, example)}</div>
      <span class="small">hard</span><div class="strip">${list(CLASSES, (k) => example(k + CLASSES))}</div>
    </div>
  </section>
  <section>
    <h2>Why this class?</h2>
    <div class="maps">
      <figure data-map="seen">
        <div class="name">What it sees</div>
        <canvas class="heat" role="img" aria-label="The image that the network gets"></canvas>
        <div class="scale"><canvas aria-hidden="true"></canvas><span>0</span><span>1</span></div>
        <figcaption>28 × 28 pixels of ink</figcaption>
      </figure>
      ${heatMap("saliency", "Saliency", "logits per unit of ink")}
      ${heatMap("gradCam", "Grad-CAM", "weighted maps of conv3")}
      ${heatMap("occlusion", "Occlusion", "fall of the logit; red speaks for the class")}
    </div>
    <div class="settings">
      ${slider("patch", "Occlusion patch, pixels", 2, 14, 7)}
      ${slider("stride", "Stride, pixels", 1, 7, 2)}
      <label>Patch colour<br><select id="baseline"><option value="0.5">grey</option><option value="0">black</option></select></label>
    </div>
    <label class="check"><input type="checkbox" id="own">Each class on its own scale (otherwise one scale for all ten)</label>
  </section>
  <section>
    <h2>All feature maps</h2>
    <div class="sheets">${list(CONVS.length, sheet)}</div>
    <div class="closer card empty">
      <canvas id="close" role="img" aria-label="The chosen feature map"></canvas>
      <canvas id="field" role="img" aria-label="What the chosen value sees, framed in the image"></canvas>
      <p id="unit"></p>
      <button type="button" id="hide">Hide</button>
    </div>
  </section>
  <section>
    <h2>Does the map depend on what was learned?</h2>
    <label>Layers with random weights, from the last one down: <output id="random-value">none</output>
      <input type="range" id="random" min="0" max="5" step="1" value="0" aria-describedby="random-says">
    </label>
    <p class="small" id="random-says"></p>
  </section>
  <section>
    <h2>Three challenges</h2>
    <div class="challenges">${CHALLENGES.map(challenge).join("")}</div>
  </section>
  <p class="small" id="engine"></p>
</div>`;
