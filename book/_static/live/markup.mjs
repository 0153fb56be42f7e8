// Pieces of HTML that both live pages consist of.

/** What `make` says of 0 to count - 1, one after the other. */
export const list = (count, make) => Array.from({ length: count }, (_, k) => make(k)).join("");

export const slider = (id, label, least, most, value) => `
  <label>${label}: <output id="${id}-value">${value}</output>
    <input type="range" id="${id}" min="${least}" max="${most}" step="1" value="${value}">
  </label>`;
