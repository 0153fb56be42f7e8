// Opens photographs away from the page's own thread: {id, name, blob} in, {id, bitmap, pixels, notes} or {id, problem} out.
//
// The bitmap, to be shown, is upright, has no transparent part, and at most PIXELS pixels; the pixels, for the
// network, {data, width, height}, are at most a fourth of that.

import { complaint, kindOf, worthTrying } from "./kinds.mjs";

const PIXELS = 2 ** 22; // a square of 2,048
const FOR_NETWORK = 2 ** 20;
const LONGEST = 8192; // what every graphics card takes
const SAMPLE = 256; // in so many places across and down, it is looked for transparency and colour
export const GREY = "rgb(127, 127, 127)"; // the network's zero

async function open({ name, blob }) {
  const kind = await kindOfFile(name, blob);
  if (!worthTrying(kind)) throw new Error(complaint(name, kind));
  let whole;
  try {
    whole = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    throw new Error(complaint(name, kind));
  }
  const notes = [`${name}: ${whole.width.toLocaleString("en")} × ${whole.height.toLocaleString("en")} pixels.`];
  const { width, height } = whole;
  const canvas = drawn(whole, PIXELS);
  const pixels = pixelsOf(drawn(whole, FOR_NETWORK));
  const { transparent, grey } = sampled(whole);
  whole.close();
  if (canvas.width < width) notes.push(`It is shown at ${canvas.width.toLocaleString("en")} × ${canvas.height.toLocaleString("en")}.`);
  if (Math.min(width, height) < 224) notes.push("It is smaller than the network’s 224 × 224, and is enlarged.");
  if (transparent) notes.push("Its transparent parts are shown on grey.");
  if (grey) notes.push("It has no colours: the network gets the same values as red, green and blue.");
  return { bitmap: canvas.transferToImageBitmap(), pixels, notes };
}

async function kindOfFile(name, blob) {
  try {
    return kindOf(new Uint8Array(await blob.slice(0, 512).arrayBuffer()));
  } catch {
    throw new Error(`${name} cannot be read. Is it a folder, or has it been moved?`);
  }
}

/** The picture on grey, smaller if it has more than so many pixels. */
function drawn(bitmap, most) {
  const [wide, high] = [bitmap.width, bitmap.height];
  const scale = Math.min(1, Math.sqrt(most / (wide * high)), LONGEST / Math.max(wide, high));
  const [width, height] = [wide, high].map((side) => Math.max(Math.round(side * scale), 1));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = GREY;
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

function pixelsOf(canvas) {
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return { data, width, height };
}

/** Whether a part of the picture can be seen through, and whether it is without colours. */
function sampled(bitmap) {
  const context = new OffscreenCanvas(SAMPLE, SAMPLE).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, SAMPLE, SAMPLE);
  const { data } = context.getImageData(0, 0, SAMPLE, SAMPLE);
  let [alpha, colour] = [255, 0];
  for (let k = 0; k < data.length; k += 4) {
    alpha = Math.min(alpha, data[k + 3]);
    const [red, green, blue] = [data[k], data[k + 1], data[k + 2]];
    colour = Math.max(colour, Math.max(red, green, blue) - Math.min(red, green, blue));
  }
  return { transparent: alpha < 250, grey: colour < 4 };
}

addEventListener("message", async ({ data }) => {
  try {
    const { bitmap, pixels, notes } = await open(data);
    postMessage({ id: data.id, bitmap, pixels, notes }, [bitmap, pixels.data.buffer]);
  } catch (problem) {
    postMessage({ id: data.id, problem: problem.message });
  }
});
