// The live page for photographs: <photo-lab> loads the network when it is asked to, and then begins.
//
// Nothing beyond this file is loaded before: neither the network nor what shows it.

const BUTTON =
  "font: inherit; font-weight: 600; padding: 0.6rem 1.1rem; border-radius: 0.4rem; cursor: pointer; " +
  "border: 2px solid var(--course-accent); background: var(--course-accent); color: var(--pst-color-background)";

class PhotoLab extends HTMLElement {
  connectedCallback() {
    if (this.offer) return;
    for (const help of this.querySelectorAll(".help")) help.hidden = true;
    this.offer = document.createElement("div");
    this.offer.innerHTML = `
      <p><button type="button" class="start" style="${BUTTON}">Load the network (${this.dataset.size})</button></p>
      <p class="says" role="status">It comes from this site, and your browser keeps it. Your photographs stay on your machine.</p>
      <progress max="1" value="0" aria-label="Loading the network" hidden></progress>`;
    this.prepend(this.offer);
    [this.button, this.says, this.bar] = ["button", ".says", "progress"].map((part) => this.offer.querySelector(part));
    this.button.addEventListener("click", () => this.start());
    const picture = this.querySelector("img");
    if (picture) picture.style.opacity = 0.35; // so that nobody takes it for the page
  }

  async start() {
    if (typeof WebAssembly === "undefined") {
      return this.fail("This browser has no WebAssembly, which the network needs. A current Firefox, Chrome, Edge or Safari has it; some switch it off in their strictest mode.");
    }
    this.button.disabled = true;
    this.bar.hidden = false;
    this.says.textContent = "Loading the network ...";
    try {
      const { begin } = await import("./lab.mjs");
      await begin(this, (share) => this.progress(share));
    } catch (problem) {
      this.fail(problem.message);
    }
  }

  progress(share) {
    this.bar.value = share;
    const text = `Loading the network: ${Math.floor(share * 10) * 10} %`; // ten times is enough for who hears it
    if (share < 1 && this.says.textContent !== text) this.says.textContent = text;
    if (share >= 1) this.says.textContent = "Starting the network ...";
  }

  fail(why) {
    this.button.disabled = false;
    this.button.textContent = "Try again";
    this.bar.hidden = true;
    this.says.textContent = why;
  }
}

customElements.define("photo-lab", PhotoLab);
