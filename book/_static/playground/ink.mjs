// The drawing: 28 x 28 values from 0 to 1, the pen, the eraser, and how MNIST centres a digit.

const SIDE = 28;
const BOX = 20; // MNIST's digits fill a box of 20 x 20
const CENTRE = 14; // and have their centre of mass in the middle of pixel 14, to the nearest pixel
const PEN = 1.15; // radius in pixels: strokes about as thick as MNIST's
const MOST = 2; // small drawings are at most doubled

/** Draw a line with a round, soft pen; points are {x, y} in pixels, pixel 0 from 0 to 1. */
export function draw(board, from, to) {
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const ink = Math.min(1, PEN + 0.5 - distance({ x: x + 0.5, y: y + 0.5 }, from, to));
      if (ink > board[y * SIDE + x]) board[y * SIDE + x] = ink;
    }
  }
}

/** Set the pixels that a line goes through to zero, and no others. */
export function erase(board, from, to) {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) * 8) + 1;
  for (let k = 0; k <= steps; k++) {
    const x = Math.floor(from.x + ((to.x - from.x) * k) / steps);
    const y = Math.floor(from.y + ((to.y - from.y) * k) / steps);
    if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) board[y * SIDE + x] = 0;
  }
}

function distance(point, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? ((point.x - from.x) * dx + (point.y - from.y) * dy) / length : 0;
  const share = Math.min(Math.max(along, 0), 1);
  return Math.hypot(point.x - from.x - share * dx, point.y - from.y - share * dy);
}

/**
 * Scale a drawing to MNIST's box and put its centre of mass into the middle.
 * Gives the image, and where its pixel (x, y) comes from: x / scale + left, y / scale + top.
 */
export function centred(board) {
  const box = bounds(board);
  if (!box) return { image: board.slice(), scale: 1, left: 0, top: 0 };
  const scale = Math.min(BOX / Math.max(box.width, box.height), MOST);
  const width = Math.max(Math.round(box.width * scale), 1);
  const height = Math.max(Math.round(box.height * scale), 1);
  const scaled = scale === 1 ? crop(board, box) : resample(board, box, width, height);
  const { x, y } = centreOfMass(scaled, width);
  const right = Math.min(Math.max(Math.round(CENTRE - x), 0), SIDE - width);
  const down = Math.min(Math.max(Math.round(CENTRE - y), 0), SIDE - height);
  const image = new Float32Array(SIDE * SIDE);
  scaled.forEach((ink, k) => (image[(down + Math.floor(k / width)) * SIDE + right + (k % width)] = ink));
  return { image, scale, left: box.left - right / scale, top: box.top - down / scale };
}

function bounds(board) {
  const rows = [];
  const columns = [];
  board.forEach((ink, k) => {
    if (ink <= 0) return;
    rows.push(Math.floor(k / SIDE));
    columns.push(k % SIDE);
  });
  if (!rows.length) return null;
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { top, left, height: Math.max(...rows) - top + 1, width: Math.max(...columns) - left + 1 };
}

function crop(board, { top, left, width, height }) {
  return Float32Array.from({ length: width * height }, (_, k) => {
    return board[(top + Math.floor(k / width)) * SIDE + left + (k % width)];
  });
}

/** A part of the drawing in another size: the mean over each new pixel of the bilinear surface. */
function resample(board, box, width, height) {
  const at = (x, y) => (x >= 0 && x < SIDE && y >= 0 && y < SIDE ? board[y * SIDE + x] : 0);
  const surface = (x, y) => {
    const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
    const [right, down] = [x - 0.5 - left, y - 0.5 - top];
    const above = (1 - right) * at(left, top) + right * at(left + 1, top);
    const below = (1 - right) * at(left, top + 1) + right * at(left + 1, top + 1);
    return (1 - down) * above + down * below;
  };
  const parts = [0.125, 0.375, 0.625, 0.875];
  return Float32Array.from({ length: width * height }, (_, k) => {
    let sum = 0;
    for (const down of parts) {
      for (const right of parts) {
        const x = box.left + (((k % width) + right) * box.width) / width;
        const y = box.top + ((Math.floor(k / width) + down) * box.height) / height;
        sum += surface(x, y);
      }
    }
    return sum / parts.length ** 2;
  });
}

function centreOfMass(image, width) {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((ink, k) => {
    mass += ink;
    x += ink * (k % width);
    y += ink * Math.floor(k / width);
  });
  return { x: x / mass, y: y / mass };
}
