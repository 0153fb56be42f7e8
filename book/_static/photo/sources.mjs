// Where photographs come from: a file, a drop, the clipboard, the camera, the course. None of them is sent anywhere.

const PASTE = "There is no picture on the clipboard. Copy one, or press Control+V here.";
const CAMERA = {
  NotAllowedError: "The browser may not use the camera. Allow it in the address bar, or choose a photograph.",
  NotFoundError: "No camera was found. Choose a photograph instead.",
  NotReadableError: "Another program is using the camera. Close it, and try again.",
};

/** Opens photographs with the client of the opener; calls `show({bitmap, pixels, name, notes, credit})`. */
export class Sources {
  constructor({ byId, all }, opener, examples, show) {
    Object.assign(this, { byId, opener, examples, show, newest: 0, opening: 0, stream: null, shutter: all(".shutter")[0], lab: all(".lab")[0] });
    const on = (id, type, act) => byId(id).addEventListener(type, act);
    on("file", "change", () => {
      this.files(byId("file").files);
      byId("file").value = ""; // the same file may be chosen again
    });
    byId("paste").hidden = !navigator.clipboard?.read;
    on("paste", "click", () => this.paste());
    byId("camera").hidden = !navigator.mediaDevices?.getUserMedia;
    on("camera", "click", () => this.startCamera());
    on("shoot", "click", () => this.shoot());
    on("stop", "click", () => this.stopCamera());
    document.addEventListener("paste", (event) => this.pasted(event));
    this.paintStrip(all(".strip")[0]);
  }

  paintStrip(strip) {
    this.buttons = this.examples.map((example, k) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Use the photograph: ${example.shows}`);
      const picture = new Image();
      picture.src = URL.createObjectURL(example.blob);
      picture.alt = "";
      button.append(picture);
      button.addEventListener("click", () => this.example(k));
      return button;
    });
    strip.append(...this.buttons);
  }

  example(k) {
    const { name, blob, shows, credit, licence } = this.examples[k];
    return this.open(blob, `${name}.jpg`, { k, credit: `${shows[0].toUpperCase()}${shows.slice(1)}. Photograph: ${credit}, ${licence}.` });
  }

  files(files) {
    const [file] = files;
    if (!file) return null;
    const more = files.length > 1 ? `The first of ${files.length} files was taken.` : "";
    return this.open(file, file.name, { more });
  }

  /** Open a photograph, and show it unless a newer one was asked for meanwhile. */
  async open(blob, name, { k = null, credit = "", more = "" } = {}) {
    const number = ++this.newest;
    this.wait(1);
    try {
      const { bitmap, pixels, notes, problem } = await this.opener.ask("open", { blob, name });
      if (problem) throw new Error(problem);
      if (number !== this.newest) return bitmap.close();
      this.complain("");
      this.buttons.forEach((button, other) => button.setAttribute("aria-pressed", other === k));
      this.show({ bitmap, pixels, name: name.replace(/\.\w+$/, ""), notes: [more, ...notes].filter(Boolean), credit });
    } catch (problem) {
      if (number === this.newest) this.complain(problem.message);
    } finally {
      this.wait(-1);
    }
  }

  /** What is shown is pale while a large photograph is being opened. */
  wait(more) {
    this.opening += more;
    this.lab.classList.toggle("opening", this.opening > 0);
  }

  /** One line that says what is wrong; none takes it away. */
  complain(text) {
    const line = this.byId("problem");
    line.hidden = !text;
    line.textContent = text;
  }

  // The clipboard

  pasted(event) {
    if (event.composedPath()[0]?.matches?.("input[type=search], textarea")) return;
    const { files } = event.clipboardData;
    if (files.length) {
      event.preventDefault();
      this.open(files[0], "The pasted picture");
    }
  }

  async paste() {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((name) => name.startsWith("image/"));
        if (type) return this.open(await item.getType(type), "The pasted picture");
      }
      this.complain(PASTE);
    } catch {
      this.complain(PASTE);
    }
  }

  // The camera

  async startCamera() {
    try {
      this.stopCamera();
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      const video = this.shutter.querySelector("video");
      video.srcObject = this.stream;
      this.shutter.hidden = false;
      await video.play();
      this.byId("shoot").focus();
    } catch (problem) {
      this.stopCamera();
      this.complain(CAMERA[problem.name] ?? `The camera cannot be used: ${problem.message}`);
    }
  }

  async shoot() {
    const video = this.shutter.querySelector("video");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    this.stopCamera();
    const blob = await new Promise((done) => canvas.toBlob(done));
    if (blob) this.open(blob, "The camera’s picture");
    else this.complain("The camera has not given a picture yet. Try again.");
  }

  stopCamera() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.shutter.hidden = true;
  }
}
