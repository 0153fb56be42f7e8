// A figure that moves: a slider over the frames of a filmstrip.
//
//   <course-frames columns="3" width="520" height="330" labels='["step 1", "step 2"]'>
//     <div class="figure-frame"><img src="..." alt="..."></div>
//   </course-frames>
//
// holds a filmstrip as it is without scripts and on paper. The site's build writes it (tools/site/moving.py).
// Every frame is cut out of the picture, width x height pixels, so nothing else is loaded. Its look is in
// course.css. This is a plain script, because pages that are opened as files may not load modules; were it
// called .js, Jupyter Book would add it to every page.

const PAUSE = 600; // milliseconds that a frame stays
const still = matchMedia("(prefers-reduced-motion: reduce)");

const PLAYER = `
  <canvas role="img"></canvas>
  <div class="frames-bar">
    <button type="button" class="frames-play">Play</button>
    <input type="range" min="0" step="1" aria-label="Frame">
    <output></output>
    <button type="button" class="frames-all">Side by side</button>
  </div>`;

class CourseFrames extends HTMLElement {
  connectedCallback() {
    if (this.player) return;
    this.strip = this.querySelector(".figure-frame");
    this.picture = this.strip.querySelector("img");
    this.labels = JSON.parse(this.getAttribute("labels"));
    this.build();
    this.picture.loading = "eager"; // it is not shown, and would never be loaded
    this.picture.decode().then(() => this.show(this.labels.length - 1), () => this.giveUp());
  }

  disconnectedCallback() {
    this.stop();
  }

  build() {
    this.player = document.createElement("div");
    this.player.className = "frames-player";
    this.player.innerHTML = PLAYER;
    const part = (selector) => this.player.querySelector(selector);
    [this.canvas, this.slider, this.count] = ["canvas", "input", "output"].map(part);
    [this.playing, this.all] = [".frames-play", ".frames-all"].map(part);
    this.canvas.width = Number(this.getAttribute("width"));
    this.canvas.height = Number(this.getAttribute("height"));
    this.canvas.style.maxWidth = `min(100%, ${this.canvas.width}px)`;
    this.canvas.setAttribute("aria-label", this.picture.alt);
    this.slider.max = this.slider.value = this.labels.length - 1;
    this.slider.addEventListener("input", () => this.choose(this.slider.valueAsNumber));
    this.playing.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.all.addEventListener("click", () => this.showAll(!this.hasAttribute("whole")));
    for (const kind of ["pointerdown", "pointermove"]) this.canvas.addEventListener(kind, (event) => this.drag(event));
    this.append(this.player);
    this.setAttribute("live", "");
  }

  /** Without its picture there is nothing to play: leave what the browser shows instead of it. */
  giveUp() {
    this.removeAttribute("live");
    this.player.remove();
  }

  /** Paint a frame, and say which one it is. */
  show(frame) {
    const { width, height } = this.canvas;
    const columns = Number(this.getAttribute("columns"));
    const [left, top] = [(frame % columns) * width, Math.floor(frame / columns) * height];
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.drawImage(this.picture, left, top, width, height, 0, 0, width, height);
    this.slider.value = frame;
    this.slider.setAttribute("aria-valuetext", this.labels[frame]);
    this.count.textContent = `${frame + 1} of ${this.labels.length}`;
  }

  /** Show the frame that the reader asks for. */
  choose(frame) {
    this.stop();
    this.show(frame);
  }

  /** The place of mouse or finger on the picture, from left to right, is that on the slider. */
  drag(event) {
    if (!event.isPrimary || (event.type === "pointermove" && !event.buttons)) return;
    if (event.type === "pointerdown") this.canvas.setPointerCapture(event.pointerId);
    const { left, width } = this.canvas.getBoundingClientRect();
    const frame = Math.floor(((event.clientX - left) / width) * this.labels.length);
    this.choose(Math.min(Math.max(frame, 0), this.labels.length - 1));
  }

  /** Show one frame after the other, from the first if the last is there; nothing moves unasked. */
  play() {
    const last = this.labels.length - 1;
    this.playing.textContent = "Pause";
    if (this.slider.valueAsNumber === last) this.show(0);
    this.timer = setInterval(() => {
      if (!still.matches) this.show(this.slider.valueAsNumber + 1);
      if (still.matches || this.slider.valueAsNumber === last) this.stop();
    }, PAUSE);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.playing.textContent = "Play";
  }

  /** The whole filmstrip instead of one frame, or back. */
  showAll(whole) {
    this.stop();
    this.toggleAttribute("whole", whole);
    this.all.textContent = whole ? "One by one" : "Side by side";
    this.strip.tabIndex = this.strip.scrollWidth > this.strip.clientWidth ? 0 : -1;
  }
}

customElements.define("course-frames", CourseFrames);
