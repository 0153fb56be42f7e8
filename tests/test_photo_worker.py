"""The worker of the photograph's page in Chromium: its answers, what it cancels, what it says of faults."""

import json
import shutil

import pytest
from test_photo_engine import SERVED

from tools.browser import serve
from tools.photo.vendor import digest

WASM = "tfjs-backend-wasm-simd.wasm"
# A page that asks a worker: `ask` sends, `until(id, kind)` promises the first such message.
PAGE = """<!doctype html><title>ask</title><script type="module">
window.begin = (address) => {
  const came = [], waiting = [];
  const worker = new Worker(address, { type: "module" });
  let id = 0;
  worker.addEventListener("message", ({ data }) => {
    came.push(data);
    for (const check of [...waiting]) check();
  });
  const until = (id, ...kinds) => new Promise((resolve) => {
    const check = () => {
      const found = came.find((message) => message.id === id && kinds.includes(message.kind));
      if (!found) return;
      if (waiting.includes(check)) waiting.splice(waiting.indexOf(check), 1);
      resolve(found);
    };
    waiting.push(check);
    check();
  });
  const ask = (kind, more = {}) => (worker.postMessage({ ...more, id: ++id, kind }), id);
  const kinds = (id) => came.filter((message) => message.id === id).map(({ kind }) => kind);
  Object.assign(window, { worker, came, ask, until, kinds });
};
window.gap = (one, other) => one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
window.reference = async () => {
  const index = await (await fetch("reference.json")).json();
  const buffer = await (await fetch("reference.bin")).arrayBuffer();
  const types = { uint8: Uint8Array, float32: Float32Array, int32: Int32Array };
  window.arrays = {};
  for (const { name, shape, dtype, offset } of index.arrays) {
    const [count, ...rest] = shape;
    const size = rest.reduce((a, b) => a * b, 1);
    const bytes = buffer.slice(offset, offset + types[dtype].BYTES_PER_ELEMENT * count * size);
    window.arrays[name] = (row) => new types[dtype](bytes).slice(row * size, (row + 1) * size);
  }
};
window.gap = (one, other) => one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
window.here = true;
</script>"""


@pytest.fixture(scope="module")
def folder(photo_reference_folder, tmp_path_factory):
    """A site of one page with the engine's files and the reference pictures."""
    folder = tmp_path_factory.mktemp("photo")
    (folder / "index.html").write_text(PAGE)
    shutil.copytree(SERVED, folder / "_static" / "photo")
    shutil.copytree(SERVED.parent / "live", folder / "_static" / "live")
    for name in ("weights.bin", "manifest.json"):
        shutil.copy(photo_reference_folder / name, folder / "_static" / "photo")
    for name in ("reference.bin", "reference.json"):
        (folder / name).symlink_to(photo_reference_folder / name)
    return folder


def begin(browser, address, worker="_static/photo/worker.mjs"):
    """Open the page and load the network; the answer to that, with the kinds of all messages."""
    browser.open(address + "/index.html")
    browser.wait("return window.here")
    return browser.run(
        "begin(arguments[0]); const id = ask('load');"
        "return until(id, 'ready', 'error').then((message) => ({ ...message, kinds: kinds(id) }))",
        worker,
    )


def test_the_worker_answers_as_python_does_and_asks_for_nothing_once_it_is_loaded(browser, folder):
    with serve(folder) as address:
        ready = begin(browser, address)
        assert ready["kind"] == "ready"
        assert len(ready["names"]) == 1000
        assert ready["kinds"][0] == "progress"
        progress = browser.run("return came.filter(({ kind }) => kind === 'progress')")
        assert [row["loaded"] for row in progress] == sorted(row["loaded"] for row in progress)
        assert progress[-1]["loaded"] == progress[-1]["total"] > 9_000_000
        browser.run("return reference()")
    # From here on there is no server.
    found = browser.run("""return (async () => {
      const rgb = arrays.rgb(0);
      const target = arrays.targets(0)[1];
      const looked = await until(ask("look", { rgb }), "looked");
      const cam = await until(ask("cam", { classIndex: target }), "cam");
      const features = await until(ask("features", { layer: "block8_expand" }), "features");
      const id = ask("occlude", { classIndex: 285, patch: 64, stride: 64, fill: [127, 127, 127] });
      const done = await until(id, "done");
      const covered = came.filter((message) => message.id === id && message.kind === "occluded");
      const logits = arrays.occlusion0;
      return {
        probabilities: gap(looked.probabilities, arrays.probabilities(0)),
        cam: gap(cam.map, arrays.grad_cam(0).subarray(49, 98)) / Math.max(...cam.map),
        features: gap(features.data, arrays.block8_expand(0)),
        shape: [features.height, features.width, features.channels],
        occlusion: gap(covered.map(({ logit }) => logit), covered.map((at) => logits(at.row)[at.column])),
        places: covered.length,
        total: covered[0].total,
        cancelled: done.cancelled,
      };
    })()""")
    print(found)
    assert found["probabilities"] <= 1e-4
    assert found["cam"] <= 1e-3
    assert found["features"] <= 1e-3
    assert found["shape"] == [14, 14, 480]
    assert found["occlusion"] <= 1e-3
    assert found["places"] == found["total"] == 16
    assert found["cancelled"] is False


def test_the_weights_are_kept_for_the_next_visit(browser, folder):
    with serve(folder) as address:
        assert begin(browser, address)["cached"] is False
        assert begin(browser, address)["cached"] is True
        # What is kept but is not right any more is not taken.
        browser.run("""return (async () => {
          const cache = await caches.open("photo-network");
          for (const key of await cache.keys()) await cache.put(key, new Response("spoilt"));
        })()""")
        spoilt = begin(browser, address)
        assert (spoilt["kind"], spoilt["cached"]) == ("ready", False)


def test_what_is_newer_ends_an_occlusion_but_its_own_maps_do_not(browser, folder):
    with serve(folder) as address:
        begin(browser, address)
        found = browser.run("""return (async () => {
          const rgb = new Uint8Array(224 * 224 * 3).fill(90);
          await until(ask("look", { rgb }), "looked");
          const long = ask("occlude", { classIndex: 1, patch: 32, stride: 16 });
          await until(long, "occluded");
          const cam = await until(ask("cam", { classIndex: 2 }), "cam");
          const between = kinds(long).includes("done");
          const looks = [1, 2, 3].map((k) => ask("look", { rgb: new Uint8Array(rgb.length).fill(k) }));
          const ended = await until(long, "done");
          const last = await until(looks[2], "looked", "error");
          const others = await Promise.all(looks.map((id) => until(id, "looked", "done")));
          const forgotten = await until(ask("forget", { layers: 3, seed: 1 }), "done");
          const other = await until(ask("look", { rgb: new Uint8Array(rgb.length).fill(3) }), "looked");
          await until(ask("restore"), "done");
          const again = await until(ask("look", { rgb: new Uint8Array(rgb.length).fill(3) }), "looked");
          return {
            between, ended: ended.cancelled, steps: kinds(long).length, map: cam.map.length,
            kinds: others.map(({ kind }) => kind), last: last.kind,
            changed: gap(other.logits, last.logits), back: gap(again.logits, last.logits),
          };
        })()""")
    assert found["between"] is False
    assert found["map"] == 49
    assert found["ended"] is True
    assert found["steps"] < 20  # of 169 places
    assert found["kinds"][1:] == ["done", "looked"]  # the first may have begun already
    assert found["changed"] > 0.1
    assert found["back"] == 0


# Faults


@pytest.fixture
def broken(folder, tmp_path):
    """A copy of that site to be spoilt: its folder of the photograph's page."""
    shutil.copytree(folder, tmp_path / "site")
    return tmp_path / "site" / "_static" / "photo"


def said(browser, folder, worker="_static/photo/worker.mjs"):
    """Code and message of the error that loading ends with."""
    with serve(folder) as address:
        answer = begin(browser, address, worker)
    assert answer["kind"] == "error"
    return answer["code"], answer["message"]


def test_weights_that_are_missing_or_others_are_told(browser, broken):
    weights = broken / "weights.bin"
    content = weights.read_bytes()
    weights.unlink()
    code, message = said(browser, broken.parent.parent)
    assert (code, message) == ("fetch", "weights.bin could not be loaded (the server says 404).")
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    code, message = said(browser, broken.parent.parent)
    assert code == "hash"
    assert message.startswith("weights.bin is not the expected file")


def test_a_browser_that_does_not_run_the_module_is_told(browser, broken):
    manifest = json.loads((broken / "vendor" / "manifest.json").read_text())
    future = b"\0asm\1\0\0\0 an instruction that this browser does not know"
    for row in manifest["files"]:
        if row["name"] == WASM:
            row |= {"sha256": digest(future), "bytes": len(future)}
    (broken / "vendor" / "manifest.json").write_text(json.dumps(manifest))
    (broken / "vendor" / WASM).write_bytes(future)
    code, message = said(browser, broken.parent.parent)
    assert code == "wasm"
    assert message.startswith("This browser does not run WebAssembly with SIMD")


@pytest.mark.parametrize(
    "spoil",
    [
        "WebAssembly.instantiate = async () => { throw new RangeError('could not allocate memory'); };",
        "globalThis.Float32Array = new Proxy(Float32Array, { construct(floats, [size, ...more]) {"
        " if (size === 1280000) throw new RangeError('Array buffer allocation failed');"
        " return new floats(size, ...more); } });",
    ],
    ids=["module", "weights"],
)
def test_too_little_memory_is_told(browser, broken, spoil):
    (broken / "spoil.mjs").write_text(spoil)
    (broken / "poor.mjs").write_text('import "./spoil.mjs";\nimport "./worker.mjs";\n')
    code, message = said(browser, broken.parent.parent, "_static/photo/poor.mjs")
    assert code == "memory"
    assert message.startswith("There is too little memory for the network")


def test_a_part_that_is_missing_is_told(browser, broken):
    (broken / "vendor" / "tf-core.mjs").unlink()
    code, message = said(browser, broken.parent.parent)
    assert code == "fetch"
    assert message.startswith("The engine could not be loaded")


def test_requests_that_make_no_sense_get_one_line_each(browser, folder):
    with serve(folder) as address:
        browser.open(address + "/index.html")
        browser.wait("return window.here")
        lines = browser.run("""return (async () => {
          begin("_static/photo/worker.mjs");
          const lines = [];
          const ends = async (kind, more) => {
            const { message } = await until(ask(kind, more), "error", "done", "ready");
            lines.push(message ?? null);
          };
          await ends("cam", { classIndex: 1 });
          await ends("load");
          await ends("dream");
          await ends("occlude", { classIndex: 1 });
          await ends("look", { rgb: new Uint8Array(5) });
          await ends("features", { layer: "nowhere" });
          await ends("restore");
          return lines;
        })()""")
    assert lines[0] == "The network is not loaded yet."
    assert lines[1] is None
    assert lines[2] == "kind dream is not known."
    assert lines[3].startswith("A picture has 150528 values")
    assert lines[4].startswith("A picture has 150528 values, not 5.")
    assert lines[5].startswith("layer nowhere is not kept: choose stem, ")
    assert lines[6] is None
