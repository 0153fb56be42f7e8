// Colour maps that colour-blind readers can read: viridis for magnitudes, inferno for heat on a photograph,
// blue-white-red for signed values.

const VIRIDIS =
  "440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725";
const INFERNO =
  "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4";
const BLUE_RED = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f";
const GREY = "000000 ffffff";
const STEPS = 256;

/** 256 colours as the 32-bit values of ImageData, straight lines between the stops. */
function table(hex) {
  const stops = hex.split(" ").map((color) => [0, 2, 4].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: STEPS }, (_, k) => {
    const place = (k / (STEPS - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const [red, green, blue] = stops[below].map((from, channel) => {
      return Math.round(from + (place - below) * (stops[below + 1][channel] - from));
    });
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

export const viridis = table(VIRIDIS);
export const inferno = table(INFERNO);
export const blueRed = table(BLUE_RED);
export const grey = table(GREY);

/** The colour of a value between two ends. */
export function colourOf(colours, value, low, high) {
  const share = high > low ? (value - low) / (high - low) : 0;
  return colours[Math.min(Math.max(Math.round(share * (STEPS - 1)), 0), STEPS - 1)];
}
