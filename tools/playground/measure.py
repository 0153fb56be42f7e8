"""Time the live page in Chromium, from a stroke to everything painted, and take its picture.

    python -m tools.playground.measure            time it: fast path, then plain JavaScript
    python -m tools.playground.measure --picture  the static picture of the page

Needs the built site. On a machine that does something else, the times say little.
"""

import argparse
import io
import os
import statistics

from PIL import Image

from helpers.settings import ROOT
from tools.browser import chromium, serve

SITE = ROOT / "book" / "_build" / "html"
PAGE = "/book/playground.html"
READY = "return document.querySelector('digit-lab')?.results?.shown.occlusion && 1"

# Strokes of one dot each; a stroke's own maps are told by the number of their job.
STROKES = """
const lab = document.querySelector("digit-lab");
const canvas = lab.shadowRoot.querySelector(".board");
canvas.setPointerCapture = () => {};
const pause = (time) => new Promise((go) => setTimeout(go, time));

async function stroke(number) {
  const box = canvas.getBoundingClientRect();
  const at = (part, step) => 0.25 + (0.5 * ((number * step) % 100)) / 100;
  const place = { clientX: box.left + box.width * at(0, 37), clientY: box.top + box.height * at(1, 53) };
  const times = {};
  const done = new Promise((go) => {
    const note = ({ detail }) => {
      if (detail.id !== lab.asked) return;
      times[detail.stage] = detail.next;
      if (detail.stage !== "occlusion") return;
      lab.removeEventListener("painted", note);
      go();
    };
    lab.addEventListener("painted", note);
  });
  const event = (type) => canvas.dispatchEvent(
    new PointerEvent(type, { ...place, button: 0, isPrimary: true, pointerId: 1, bubbles: true }));
  event("pointerdown");
  event("pointerup");
  await done;
  return times;
}

return (async () => {
  const found = [];
  for (let number = 0; number < arguments[0]; number++) {
    if (number % 20 === 0) lab.load((number / 20) % 20);
    await pause(number % 20 === 0 ? 1500 : 150);
    found.push(await stroke(number));
  }
  return found;
})();
"""


def timed(address, query, strokes):
    """Milliseconds from each stroke to the frame after it was painted, {stage: [...]}."""
    with chromium() as browser:
        browser.driver.set_script_timeout(600)
        browser.open(address + PAGE + query)
        browser.wait(READY)
        found = browser.run(STROKES, strokes)
    return {stage: sorted(row[stage] for row in found) for stage in ("maps", "occlusion")}


def measure(strokes):
    """Print median and 95th percentile of both engines."""
    print(f"{strokes} strokes each, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with serve(SITE) as address:
        for name, query in (("fast path", ""), ("plain", "?engine=plain")):
            for stage, times in timed(address, query, strokes).items():
                until = "all but occlusion" if stage == "maps" else "everything"
                high = times[int(0.95 * len(times))]
                print(f"{name}, {until}: median {statistics.median(times):.0f} ms, p95 {high:.0f} ms")


def picture():
    """Write the upper part of the element as ``picture.png``, in 64 colours."""
    with serve(SITE) as address, chromium() as browser:
        browser.open(address + PAGE, height=2400)
        browser.wait(READY)
        lab = "document.querySelector('digit-lab')"
        box = browser.run(
            f"const box = {lab}.getBoundingClientRect();"
            f"const end = {lab}.shadowRoot.querySelector('.maps').getBoundingClientRect().bottom;"
            "return [box.left, box.top, box.right, end].map(Math.round)"
        )
        shot = Image.open(io.BytesIO(browser.driver.get_screenshot_as_png())).convert("RGB").crop(box)
    path = ROOT / "book" / "_static" / "playground" / "picture.png"
    shot.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {shot.width} x {shot.height}, {path.stat().st_size:,} bytes")


def main():
    """Time, or take the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", action="store_true", help="write the static picture instead")
    parser.add_argument("--strokes", type=int, default=100)
    given = parser.parse_args()
    if given.picture:
        picture()
    else:
        measure(given.strokes)


if __name__ == "__main__":
    main()
