// What the element consists of, as HTML. All text is ours; nothing that is typed or loaded goes into it.

import { list } from "../live/markup.mjs";
import { FILLS } from "./cover.mjs";
import { FEATURES, MAPS, RANDOM } from "./maps.mjs";
import { TRIALS } from "./trials.mjs";

const choice = (group, value, text, checked) => `
  <label class="choice"><input type="radio" name="${group}" value="${value}"${checked ? " checked" : ""}><span>${text}</span></label>`;

/** A class, with its probability, to be explained or compared. */
export const classRow = (rank) => `
  <li class="class" data-rank="${rank}">
    <button type="button" class="bar" aria-pressed="false">
      <span class="label"></span><span class="share"></span><span class="track"><span class="fill"></span></span>
    </button>
    <button type="button" class="versus" aria-pressed="false">vs</button>
  </li>`;

const OVER = { nothing: "photograph", first: "Grad-CAM", second: "second", difference: "difference", occlusion: "occlusion" };

const rival = '<div class="row act"><button type="button" class="rival"></button></div>';
// What fills a map that is not there yet.
const ACTS = {
  first: "",
  second: `${rival}
    <label class="check"><input type="checkbox" id="own">Each class on its own scale</label>`,
  difference: rival,
  occlusion: `
    <div class="row occlusion">
      <button type="button" id="occlude">Cover patch by patch</button>
      <label>Patch <select id="patch"><option value="32">32 × 32</option><option value="48" selected>48 × 48</option><option value="64">64 × 64</option></select></label>
      <label>in <select id="patch-fill"><option value="grey">grey</option><option value="mean">its mean colour</option></select></label>
      <progress id="occluded" max="1" value="0" aria-label="Occlusion" hidden></progress><span class="small" id="occlusion-says"></span>
    </div>`,
};

const map = ([id, { name, says, not }]) => `
  <figure data-map="${id}">
    <div class="name"><span class="title">${name}</span> <span class="of small"></span></div>
    <canvas class="heat" role="img" aria-label="${name}"></canvas>
    <div class="scale"><canvas aria-hidden="true"></canvas><span class="low"></span><span class="high"></span></div>
    <div class="trained" hidden><canvas role="img" aria-label="${name} of the trained network"></canvas><span></span></div>
    ${ACTS[id]}
    <figcaption>${says} <em>What it does not prove:</em> ${not}</figcaption>
  </figure>`;

const trial = ({ title, task }, k) => `
  <div class="card trial-card" data-trial="${k}">
    <h3>${title}</h3><p>${task}</p><button type="button" aria-label="Set it up: ${title}">Set it up</button>
  </div>`;

const range = (id, label, attributes, output = "") => `
  <label>${label} <output id="${id}-value">${output}</output><input type="range" id="${id}" ${attributes}></label>`;

export const MARKUP = `
<div class="lab">
  <p class="hidden" id="news" role="status" aria-live="polite"></p>
  <p class="hidden" id="cursor" role="status" aria-live="polite"></p>
  <section class="sources">
    <div class="row">
      <label class="file"><input type="file" id="file" accept="image/*,.heic,.heif"><span>Choose a photograph</span></label>
      <button type="button" id="paste">Paste</button>
      <button type="button" id="camera">Camera</button>
      <span class="small">or drop one anywhere here. It stays on this machine.</span>
    </div>
    <div class="shutter" hidden>
      <video playsinline muted></video>
      <div class="row"><button type="button" id="shoot">Take the photograph</button><button type="button" id="stop">Switch the camera off</button></div>
    </div>
    <div class="strip" role="group" aria-label="Photographs of the course"></div>
    <p class="problem" id="problem" role="alert" hidden></p>
  </section>
  <section class="top">
    <div>
      <div class="row over" role="group" aria-label="What lies over the photograph">
        ${Object.entries(OVER).map(([value, text]) => choice("over", value, text, value === "first")).join("")}
      </div>
      <canvas class="stage" id="stage" tabindex="0" role="application" aria-roledescription="photograph" aria-describedby="keys"
        aria-label="The square of the photograph that the network gets"></canvas>
      <p class="hidden" id="keys">When moving, the arrow keys move the photograph, plus and minus zoom, and 0 shows all of it.
        When covering, the arrow keys move the brush, Space puts it down and lifts it, and Control+Z undoes.</p>
      <div class="row tools">
        ${choice("tool", "move", "Move", true)}${choice("tool", "cover", "Cover")}
        <button type="button" id="undo" disabled>Undo</button>
        <button type="button" id="uncover" disabled>Uncover all</button>
        <button type="button" id="save">Save as PNG</button>
      </div>
      <div class="settings" data-tool="move">${range("zoom", "Zoom:", 'min="0" max="100" step="1" value="0"', "1.0 times")}</div>
      <div class="settings" data-tool="cover" hidden>
        <label>Brush: <select id="fill">${Object.entries(FILLS).map(([v, t]) => `<option value="${v}">${t}</option>`).join("")}</select></label>
        ${range("brush", "Width:", 'min="4" max="40" step="1" value="14"', "14%")}
      </div>
      <p class="small" id="about"></p>
    </div>
    <div>
      <h2>What the network says</h2>
      <ol class="bars" id="top">${list(10, classRow)}</ol>
      <p class="small" id="explained"></p>
      <label class="search">Search all 1,000 classes <input type="search" id="search" autocomplete="off" aria-describedby="found"></label>
      <p class="small" id="found" role="status"></p>
      <ol class="bars" id="hits"></ol>
    </div>
  </section>
  <section>
    <h2>Three things to try</h2>
    <div class="trials">${TRIALS.map(trial).join("")}</div>
  </section>
  <section>
    <h2>Where it looks</h2>
    <div class="maps">${Object.entries(MAPS).map(map).join("")}</div>
  </section>
  <section>
    <details id="features">
      <summary>Feature maps</summary>
      <p class="small">${FEATURES.says} <em>What they do not prove:</em> ${FEATURES.not}</p>
      <div class="row" role="group" aria-label="Depth" id="depths"></div>
      <p class="small" id="channels"></p>
      <canvas class="sheet" id="sheet" tabindex="0" role="application" aria-roledescription="sheet of feature maps" aria-describedby="unit"
        aria-label="Feature maps. The arrow keys go from value to value, or with Shift from map to map."></canvas>
      <div class="scale"><canvas aria-hidden="true"></canvas><span>0</span><span class="high"></span></div>
      <div class="closer card empty">
        <canvas id="close" role="img" aria-label="The chosen feature map"></canvas>
        <canvas id="field" role="img" aria-label="What the chosen value sees, framed in the photograph"></canvas>
        <p id="unit"></p>
        <button type="button" id="hide">Hide</button>
      </div>
    </details>
  </section>
  <section>
    <h2>Take away what was learned</h2>
    ${range("random", "Layers with random weights, from the last one down:", 'min="0" max="10" step="1" value="0" aria-describedby="random-says"', "none")}
    <p class="small" id="random-says">${RANDOM.says} <em>What it does not prove:</em> ${RANDOM.not}</p>
  </section>
  <p class="small" id="engine"></p>
</div>`;
