"""Install configurable-http-proxy beside the packages, as package-lock.json names it. Needs Node.js and npm.

npm checks each package against its hash. Once it is there, neither npm nor a network is needed.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tools.install.setup import Failed, version

HERE = Path(__file__).parent
PLACE = Path(sys.prefix) / "hub-proxy"
PROXY = PLACE / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
COMMAND = ["node", "--require", str(HERE / "keep_alive.cjs"), str(PROXY)]
OLDEST = 20  # version of Node.js
NPM = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]


def is_ready(place=PLACE):
    """Whether the proxy of this lock file is installed."""
    mark, lock = place / "ready", hashlib.sha256((HERE / "package-lock.json").read_bytes())
    return mark.is_file() and mark.read_text(encoding="utf-8") == lock.hexdigest()


def install(place=PLACE, npm=NPM):
    """Install it, if it is not there: in another place first. Failed, with what is missing."""
    if not shutil.which("node"):
        raise Failed("Node.js is not installed", f"Install Node.js {OLDEST} or later, with npm")
    found = subprocess.run(["node", "--version"], text=True, capture_output=True).stdout.strip()
    if version(found or "0.0")[0] < OLDEST:
        raise Failed(f"this is Node.js {found}", f"Install Node.js {OLDEST} or later")
    if is_ready(place):
        return
    if not shutil.which(npm[0]):
        raise Failed(
            "npm is not installed", "It comes with Node.js; on Debian and Ubuntu: sudo apt install npm"
        )
    print("Getting configurable-http-proxy", flush=True)
    partial = place.with_name(place.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, partial / name)
    result = subprocess.run(npm, cwd=partial, text=True, capture_output=True)
    if result.returncode:
        said = (result.stderr.strip().splitlines() or ["npm says nothing"])[0]
        raise Failed(f"npm could not fetch the proxy ({said})", "Only the first make hub needs a network.")
    digest = hashlib.sha256((partial / "package-lock.json").read_bytes()).hexdigest()
    (partial / "ready").write_text(digest, encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    partial.replace(place)
