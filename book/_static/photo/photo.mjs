// The live page for photographs: <photo-lab> loads the network when it is asked to, and then begins.
//
// Nothing beyond this file is loaded before: neither the network nor what shows it.

const LINK = "That is a link or a text, not a file, and nothing is fetched from other sites. Save the photograph, and use the file.";
const INCOMPLETE = "A part of this page could not be loaded. Check the connection, then reload the page.";

const STYLES = `
  photo-lab { display: block; position: relative; }
  photo-lab[dropping] { outline: 3px dashed var(--course-accent); outline-offset: 6px; border-radius: 4px; }
  photo-lab > img { width: 100%; max-height: 30rem; object-fit: cover; object-position: top; opacity: 0.4;
    filter: blur(2px) !important; }
  .photo-offer { position: absolute; z-index: 1; inset: 4rem 0 auto; margin: auto; width: min(26rem, 92%); padding: 1.2rem 0.8rem;
    text-align: center; background: var(--pst-color-background); border: 1px solid var(--pst-color-border);
    border-radius: 0.6rem; box-shadow: 0 4px 24px #0004; }
  .photo-offer p { margin: 0.8rem 0 0; }
  .photo-offer progress { width: 100%; margin-top: 0.8rem; accent-color: var(--course-accent); }
  .photo-offer button { font: inherit; font-weight: 600; padding: 0.6rem 1.1rem; border-radius: 0.4rem; cursor: pointer; white-space: nowrap;
    border: 2px solid var(--course-accent); background: var(--course-accent); color: var(--pst-color-background); }
  .photo-offer [aria-disabled] { opacity: 0.6; cursor: default; }`;

class PhotoLab extends HTMLElement {
  connectedCallback() {
    if (this.offer) return;
    for (const help of this.querySelectorAll(".help")) help.hidden = true;
    this.offer = document.createElement("div");
    this.offer.className = "photo-offer";
    this.offer.innerHTML = `
      <style>${STYLES}</style>
      <button type="button">Load the network (${this.dataset.size})</button>
      <p class="says" role="status">Or drop a photograph here. The network comes from this site, once.</p>
      <progress max="1" value="0" aria-label="Loading the network" hidden></progress>`;
    this.prepend(this.offer);
    [this.button, this.says, this.bar] = ["button", ".says", "progress"].map((part) => this.offer.querySelector(part));
    this.button.addEventListener("click", () => this.start());
    this.listenToDrops();
  }

  /** A file dropped anywhere on the page is looked at, and never opened instead of the page. */
  listenToDrops() {
    const caught = (event) => {
      const { types } = event.dataTransfer;
      const typing = event.composedPath()[0].matches?.("input[type=search]");
      if (!types.includes("Files") && (typing || !this.contains(event.target))) return false;
      event.preventDefault();
      return true;
    };
    const light = (on) => this.toggleAttribute("dropping", on);
    document.addEventListener("dragover", (event) => light(caught(event)));
    document.addEventListener("dragleave", (event) => event.relatedTarget || light(false));
    document.addEventListener("drop", (event) => {
      light(false);
      if (caught(event)) this.drop([...event.dataTransfer.files]);
    });
  }

  drop(files) {
    const say = (text) => (this.lab ? this.lab.sources.complain(text) : (this.says.textContent = text));
    if (!files.length) return say(LINK);
    if (this.lab) return this.lab.sources.files(files);
    this.given = files; // the first thing to be looked at
    return this.start();
  }

  async start() {
    if (this.loading) return;
    if (typeof WebAssembly === "undefined") {
      return this.fail("This browser has no WebAssembly, which the network needs. A current Firefox, Chrome, Edge or Safari has it; some switch it off in their strictest mode.");
    }
    this.load(true);
    this.says.textContent = "Loading the network ...";
    try {
      const { begin } = await import("./lab.mjs").catch(() => {
        throw new Error(INCOMPLETE);
      });
      await begin(this, (share) => this.progress(share));
    } catch (problem) {
      this.fail(problem.message);
    }
  }

  /** The button keeps the focus of the keyboard while it cannot be used. */
  load(loading) {
    this.loading = loading;
    this.bar.hidden = !loading;
    if (loading) this.button.setAttribute("aria-disabled", true);
    else this.button.removeAttribute("aria-disabled");
  }

  progress(share) {
    this.bar.value = share;
    const text = `Loading the network: ${Math.floor(share * 10) * 10}%`; // ten times is enough for who hears it
    if (share < 1 && this.says.textContent !== text) this.says.textContent = text;
    if (share >= 1) this.says.textContent = "Starting the network ...";
  }

  fail(why) {
    this.load(false);
    this.button.textContent = "Try again";
    this.says.textContent = why;
  }
}

customElements.define("photo-lab", PhotoLab);
