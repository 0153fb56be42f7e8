// What a file is, by its first bytes, and what to say of one that cannot be looked into.

const ASK = "Use a JPEG, PNG, WebP, AVIF, GIF or BMP file";
const TRIED = new Set(["JPEG", "PNG", "WebP", "AVIF", "GIF", "BMP", "HEIC", "TIFF", "unknown"]);
const SOME_BROWSERS = new Set(["AVIF", "HEIC", "TIFF"]); // others than this one may open them
const OTHERS = {
  PDF: "a PDF document",
  SVG: "an SVG drawing",
  ZIP: "an archive or an office document",
  video: "a video",
  raw: "a camera’s raw file",
  text: "a text file",
};

/** The kind of a file from its first 512 bytes or fewer. */
export function kindOf(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  const starts = (...parts) => parts.some((part) => text.startsWith(part));
  if (!bytes.length) return "empty";
  if (starts("\xff\xd8\xff")) return "JPEG";
  if (starts("\x89PNG\r\n\x1a\n")) return "PNG";
  if (starts("GIF8")) return "GIF";
  if (starts("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (starts("BM") && bytes.length > 26) return "BMP";
  if (text.slice(4, 8) === "ftyp") return kindOfContainer(text);
  if (starts("II*\0", "MM\0*")) return text.slice(8, 10) === "CR" ? "raw" : "TIFF";
  if (starts("FUJIFILM", "IIU\0")) return "raw";
  if (starts("%PDF")) return "PDF";
  if (starts("PK\x03\x04", "7z\xbc\xaf", "\x1f\x8b", "Rar!")) return "ZIP";
  if (starts("\x1aE\xdf\xa3", "RIFF")) return "video";
  if (/^\s*(<\?xml[^]*)?<svg/.test(text)) return "SVG";
  return /^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(text) ? "text" : "unknown";
}

/** Containers of the MPEG family: which brand is the first, or one of those that it is compatible with. */
function kindOfContainer(text) {
  const brands = text.slice(8, 64);
  if (/avi[fs]/.test(brands)) return "AVIF";
  if (/hei[cxms]|hev[cx]|mif1|msf1/.test(brands)) return "HEIC";
  return brands.startsWith("crx") ? "raw" : "video";
}

/** Whether there is any point in asking the browser to open it. */
export const worthTrying = (kind) => TRIED.has(kind);

/** One line: what was given, and what is allowed. */
export function complaint(name, kind) {
  if (kind === "empty") return `${name} is empty. ${ASK}.`;
  if (OTHERS[kind]) return `${name} is ${OTHERS[kind]}, not a photograph that a browser can open. ${ASK}.`;
  if (kind === "unknown") return `${name} is not a photograph that this browser can open. ${ASK}.`;
  if (SOME_BROWSERS.has(kind)) {
    return `${name} is in ${kind} format, which this browser does not open. Save it as JPEG or PNG, and use that.`;
  }
  return `${name} is a damaged ${kind} file, or too large for this browser. ${ASK}.`;
}
