// The picture with its map, and lines below that say what it shows, as a PNG.

const SIDES = [448, 1344]; // of the picture, in pixels: as large as the photograph allows
const PAPER = "#ffffff";
const INK = "#222832";

/** The picture and its caption on one canvas. */
export function captioned(stage, caption) {
  const side = Math.round(Math.min(Math.max(stage.view.side, SIDES[0]), SIDES[1]));
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [side, side];
  stage.compose(picture.getContext("2d"));
  const size = Math.max(Math.round(side / 42), 13);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = `${size}px sans-serif`;
  const lines = wrapped(context, caption, side - 2 * size);
  [canvas.width, canvas.height] = [side, side + Math.round(size * (1.4 * lines.length + 1))];
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0);
  context.fillStyle = INK;
  context.font = `${size}px sans-serif`;
  context.textBaseline = "top";
  lines.forEach((line, k) => context.fillText(line, size, side + size * (0.6 + 1.4 * k)));
  return canvas;
}

/** Words in lines that are no wider than so many pixels. */
function wrapped(context, text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Give the reader a canvas as a file; it is made here, and goes nowhere. */
export async function download(canvas, name) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
