// What both live pages paint with: pictures of single values, frames, colour bars.

const MARK = "#ff9f1c";
const HALO = "#000000";

/** A small canvas that holds one value per pixel and is then drawn larger. */
export function pixels(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const data = context.createImageData(width, height);
  return { canvas, context, data, words: new Uint32Array(data.data.buffer) };
}

/** Draw such a canvas over all of another one, each value a square. */
export function enlarge(context, from) {
  from.context.putImageData(from.data, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(from.canvas, 0, 0, context.canvas.width, context.canvas.height);
}

/** A frame that is seen on any picture. */
export function frame(context, thickness, left, top, width, height) {
  for (const [colour, line] of [[HALO, 2 * thickness], [MARK, thickness]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(left, top, width, height);
  }
}

/** A strip of all colours. */
export function colourBar(canvas, colours) {
  const bar = pixels(colours.length, 1);
  bar.words.set(colours);
  [canvas.width, canvas.height] = [colours.length, 1];
  enlarge(canvas.getContext("2d"), bar);
}
