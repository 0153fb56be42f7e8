"""Time the photograph's page in Chromium: the engine in its worker, then the page with everything painted.

    python -m tools.photo.measure                 a hundred of each, three whole occlusion maps
    python -m tools.photo.measure --times 20

Needs the built site. One thread computes; on a machine that does something else, the times say little.
"""

import argparse
import os
import statistics
import sys

from tools.browser import chromium, missing, serve
from tools.site.build import SITE

PAGE = "/book/photo.html"
LAB = "document.querySelector('photo-lab').lab"
READY = f"return {LAB}?.answer && {LAB}.asker.settled && 1"

# The engine alone: from a message to its answer.
ENGINE = """
const [times, occlusions] = arguments;
const worker = new Worker("../_static/photo/worker.mjs", { type: "module" });
let asked = 0;
const ask = (kind, more = {}, ends = [kind === "load" ? "ready" : kind === "look" ? "looked" : kind]) => {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const take = ({ data }) => {
      if (data.id !== id || ![...ends, "error"].includes(data.kind)) return;
      worker.removeEventListener("message", take);
      if (data.kind === "error") reject(new Error(data.message));
      else resolve(data);
    };
    worker.addEventListener("message", take);
    worker.postMessage({ ...more, id, kind });
  });
};
const timed = async (found, act) => {
  const began = performance.now();
  const answer = await act();
  found.push(performance.now() - began);
  return answer;
};
return (async () => {
  const found = { load: [], look: [], "Grad-CAM of any class": [], "look and Grad-CAM": [], occlusion: [] };
  await timed(found.load, () => ask("load"));
  for (let k = 0; k < times; k++) {
    const rgb = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => (at * (k + 3)) % 251);
    await timed(found["look and Grad-CAM"], async () => {
      await timed(found.look, () => ask("look", { rgb }));
      await timed(found["Grad-CAM of any class"], () => ask("cam", { classIndex: k }));
    });
  }
  for (let k = 0; k < occlusions; k++) {
    await timed(found.occlusion, () => ask("occlude", { classIndex: k, patch: 32, stride: 16 }, ["done"]));
  }
  worker.terminate();
  return found;
})();
"""

# The page: from a photograph, or a dot of the brush, to the frame after answer and maps are painted.
ON_PAGE = """
const [times] = arguments;
const host = document.querySelector("photo-lab");
const { lab } = host;
const tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask" });
const pause = (time) => new Promise((go) => setTimeout(go, time));
const settled = async () => {
  while (!lab.asker.settled) await pause(20);
};
const painted = (act) => new Promise((go) => {
  const began = performance.now();
  const note = () => requestAnimationFrame(() => {
    if (!lab.asker.settled) return; // of two frames that the act took, the last one counts
    host.removeEventListener("painted", note);
    go(performance.now() - began);
  });
  host.addEventListener("painted", note);
  act();
});
const { canvas } = lab.stage;
canvas.setPointerCapture = () => {};
const dot = (number) => {
  const box = canvas.getBoundingClientRect();
  const at = (step) => 0.2 + (0.6 * ((number * step) % 100)) / 100;
  const place = { clientX: box.left + box.width * at(37), clientY: box.top + box.height * at(53) };
  for (const type of ["pointerdown", "pointerup"]) {
    canvas.dispatchEvent(
      new PointerEvent(type, { ...place, button: 0, isPrimary: true, pointerId: 1, bubbles: true }));
  }
};
return (async () => {
  const found = { photograph: [], brush: [] };
  for (let k = 0; k < times; k++) {
    found.photograph.push(await painted(() => lab.sources.example(k % 7)));
    await pause(100);
  }
  lab.press("tool", "cover");
  for (let k = 0; k < times; k++) {
    if (k % 20 === 0) lab.stage.uncover();
    await pause(100);
    await settled();
    found.brush.push(await painted(() => dot(k)));
  }
  await pause(100);
  found["longest task"] = [Math.max(0, ...tasks)];
  return found;
})();
"""


def show(what, times):
    """One line: median and 95th percentile."""
    times = sorted(times)
    high = times[min(int(0.95 * len(times)), len(times) - 1)]
    print(f"  {what}: median {statistics.median(times):.0f} ms, p95 {high:.0f} ms ({len(times)})")


def measure(times, occlusions):
    """Print all times."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with serve(SITE) as address, chromium() as browser:
        browser.driver.set_script_timeout(1200)
        browser.open(address + PAGE)
        print("Engine, from a message to its answer")
        for row, visit in enumerate(("first visit", "from the browser's cache")):
            found = browser.run(ENGINE, times if row == 0 else 1, occlusions if row == 0 else 0)
            show(f"load, {visit}", found.pop("load"))
            for what, values in found.items() if row == 0 else ():
                show("whole occlusion map, 169 places" if what == "occlusion" else what, values)
        browser.run("document.querySelector('photo-lab button').click()")
        browser.wait(READY, 60)
        print("Page, to the frame after everything is painted")
        for what, values in browser.run(ON_PAGE, times).items():
            show(what, values)


def main():
    """Time, if there is something to time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100, help="how many looks, photographs and dots")
    parser.add_argument("--occlusions", type=int, default=3, help="how many whole occlusion maps")
    given = parser.parse_args()
    if missing():
        sys.exit(f"{missing()}: not installed")
    if not (SITE / "_static" / "photo" / "weights.bin").is_file():
        sys.exit("The site is not built: make book")
    measure(given.times, given.occlusions)


if __name__ == "__main__":
    main()
