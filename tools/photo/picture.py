"""Take the picture of the photograph's page that is shown where the page itself does not run.

    python -m tools.photo.picture

Needs the built site.
"""

import io
import sys

from PIL import Image

from helpers.settings import ROOT
from tools.browser import chromium, missing, serve
from tools.site.build import SITE

SERVED = ROOT / "book" / "_static" / "photo"
PAGE = "/book/photo.html"
LAB = "document.querySelector('photo-lab').lab"
READY = f"return {LAB}?.answer && {LAB}.asker.settled && 1"
QUALITY = 80
END = ".top"  # the picture ends below the photograph and the answers


def main():
    """Write the upper part of the element as ``picture.jpg``."""
    if missing():
        sys.exit(f"{missing()}: not installed")
    with serve(SITE) as address, chromium() as browser:
        browser.open(address + PAGE, height=2400)
        browser.run("document.querySelector('photo-lab button').click()")
        browser.wait(READY, 60)
        box = browser.run(
            f"const end = {LAB}.all('{END}')[0].getBoundingClientRect().bottom;"
            "const box = document.querySelector('photo-lab').getBoundingClientRect();"
            "return [box.left, box.top, box.right, end + 4].map(Math.round)"
        )
        shot = Image.open(io.BytesIO(browser.driver.get_screenshot_as_png())).convert("RGB").crop(box)
    path = SERVED / "picture.jpg"
    shot.save(path, quality=QUALITY, optimize=True)
    print(f"{path.name}: {shot.width} x {shot.height}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
