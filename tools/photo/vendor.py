"""Fetch the files of TensorFlow.js that the photograph's page is served with. For ``make photo-vendor``.

They come from npm's registry, through npm, and lie in ``book/_static/photo/vendor``: the site is built
without npm. Both scripts are changed in the few places that `CHANGES` names, so that a browser's worker
and Node.js can import them as modules; the wasm file is as published.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from helpers.settings import ROOT

SERVED = ROOT / "book" / "_static" / "photo" / "vendor"
VERSION = "4.22.0"
CORE, WASM = "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"
# For each file: its package, its place in there, and its SHA-256 as published.
FILES = {
    "tf-core.mjs": (
        CORE,
        "package/dist/tf-core.fesm.min.js",
        "bbf2d4071c94935cb8a0fd2a6c86914faeab86a536911f53204e603ef4f4656b",
    ),
    "tf-backend-wasm.mjs": (
        WASM,
        "package/dist/tf-backend-wasm.fesm.min.js",
        "6c5b77d83ef1106fc64086f5bcf30ab428a7b504b61f4251e20b4fdec8499f6b",
    ),
    "tfjs-backend-wasm-simd.wasm": (
        WASM,
        "package/dist/tfjs-backend-wasm-simd.wasm",
        "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b",
    ),
}
# What is replaced by what, each once. Without `process`, Node.js is treated as any other place.
CHANGES = {
    "tf-core.mjs": {
        "\nfunction e(e,t){return t.forEach": "\n/* Changed, see manifest.json. */"
        "\nconst process=void 0;function e(e,t){return t.forEach",
        "\n//# sourceMappingURL=tf-core.fesm.min.js.map": "\n// Its source map is not served.",
    },
    "tf-backend-wasm.mjs": {
        "\nimport{_FusedMatMul": "\n/* Changed, see manifest.json. */\nimport{_FusedMatMul",
        'from"@tensorflow/tfjs-core";import cn from"fs";import mn from"path";import fn from"perf_hooks";'
        'import hn from"os";': 'from"./tf-core.mjs";const process=void 0,cn={},mn={},fn={},hn={};',
        "\n//# sourceMappingURL=tf-backend-wasm.fesm.min.js.map": "\n// Its source map is not served.",
    },
}


def digest(content):
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fetched(folder):
    """Have npm fetch both packages into a folder; the files as published, by name."""
    found = {}
    for package in (CORE, WASM):
        command = ["npm", "pack", f"{package}@{VERSION}", "--silent", "--pack-destination", str(folder)]
        archive = subprocess.run(command, check=True, text=True, capture_output=True).stdout.split()[-1]
        with tarfile.open(Path(folder) / archive) as packed:
            for name, (origin, place, _) in FILES.items():
                if origin == package:
                    found[name] = packed.extractfile(place).read()
    return found


def changed(name, content):
    """A published file as it is served; ValueError if it is not the expected one."""
    if digest(content) != FILES[name][2]:
        raise ValueError(f"{name} is not the expected file: its SHA-256 is {digest(content)}")
    for old, new in CHANGES.get(name, {}).items():
        if content.count(old.encode()) != 1:
            raise ValueError(f"{name} has {old!r} {content.count(old.encode())} times, expected once")
        content = content.replace(old.encode(), new.encode())
    return content


def manifest(files):
    """Where each file comes from, and how to tell that it is the one."""
    rows = [
        {
            "name": name,
            "package": f"{FILES[name][0]}@{VERSION}",
            "file": FILES[name][1],
            "sha256_published": FILES[name][2],
            "changes": [{"old": old, "new": new} for old, new in CHANGES.get(name, {}).items()],
            "bytes": len(content),
            "sha256": digest(content),
        }
        for name, content in files.items()
    ]
    return {
        "what": "TensorFlow.js, core and the WebAssembly backend with SIMD",
        "copyright": "Google LLC",
        "licence": "Apache-2.0, see LICENSE",
        "made_by": "python -m tools.photo.vendor",
        "files": rows,
    }


def main():
    """Fetch, check, change, write; say how large they are."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = {name: changed(name, content) for name, content in fetched(folder).items()}
        except (OSError, subprocess.CalledProcessError, ValueError) as problem:
            sys.exit(f"TensorFlow.js could not be fetched: {getattr(problem, 'stderr', '') or problem}")
    for name, content in files.items():
        (SERVED / name).write_bytes(content)
        print(f"{len(content):>9,} bytes  {name}")
    text = json.dumps(manifest(files), indent=1) + "\n"
    (SERVED / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
