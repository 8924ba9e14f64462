/** The cells of a matrix as pixels: which rows and columns are where, and their colours. Pure. */

const COLUMN = 25; // pixels that a column of a named group gets where there is room
const MOST_NAMED = 0.5; // of the width, for all groups but the largest
export const NAMED = 14; // pixels that a column needs to have its name below, upright

/** Rows by a falling value, the largest first. @param {ArrayLike<number> | null} by null: as they are @param {number} n how many @returns {Uint32Array} the member in each row */
export function rowOrder(by, n) {
  const order = Uint32Array.from({ length: n }, (_, index) => index);
  // NaN (a network that diverged) must not break the order: it sorts as zero.
  return by ? order.sort((a, b) => (by[b] || 0) - (by[a] || 0) || a - b) : order;
}

/**
 * Columns by their groups. The largest group, or what belongs to none, gets what room the others leave; each column of the
 * others is wider, so that it can be named, but together they have no more than half.
 * @param {import("../types").Axis | undefined} axis @param {number} p columns of the matrix @param {number} width in pixels
 * @returns {import("../types-marks").MatrixPart[]} one where all columns are as wide
 */
export function columnParts(axis, p, width) {
  const named = axis?.names && width >= NAMED * p;
  const groups = (axis?.groups ?? []).map(({ name, colour, members }) => ({ name, colour, columns: Uint32Array.from(members.filter((member) => member < p)) }));
  const grouped = new Set(groups.flatMap(({ columns }) => [...columns]));
  const rest = Uint32Array.from({ length: p }, (_, column) => column).filter((column) => !grouped.has(column));
  const parts = [...groups, { name: "", colour: "", columns: rest }].filter(({ columns }) => columns.length > 0);
  const largest = parts.reduce((most, { columns }, i) => (columns.length > parts[most].columns.length ? i : most), 0);
  const wanted = parts.map(({ columns }) => (named || width === 0 ? columns.length / p : Math.max(columns.length / p, (columns.length * COLUMN) / width)));
  const others = wanted.reduce((sum, share, i) => sum + (i === largest ? 0 : share), 0);
  const natural = parts.length ? 1 - parts[largest].columns.length / p : 0;
  const room = Math.min(others, Math.max(MOST_NAMED, natural));
  return parts.map((part, i) => ({ ...part, share: i === largest ? 1 - room : others > 0 ? (wanted[i] * room) / others : 1 }));
}

/**
 * Paints columns, one pixel wide each. Where the image has fewer lines than there are rows, a line is the mean of those that share it. What is not a
 * number stays transparent.
 * @param {ImageData} image as wide as there are columns @param {import("../types").Numbers} data [n, p] by rows @param {number} p
 * @param {Uint32Array} order [n] the row of the data in each row @param {Uint32Array} columns of the data
 * @param {import("../types").Range} range values that get the ends of the palette @param {Uint32Array} palette as pixels
 */
export function paintCells(image, data, p, order, columns, [low, high], palette) {
  const pixels = new Uint32Array(image.data.buffer);
  const width = columns.length;
  const last = palette.length - 1;
  const n = order.length;
  for (let line = 0; line < image.height; line++) {
    const first = Math.floor((line * n) / image.height);
    const end = Math.max(first + 1, Math.floor(((line + 1) * n) / image.height));
    const scale = last / (high - low || 1) / (end - first);
    const offset = (last * low) / (high - low || 1);
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let row = first; row < end; row++) sum += data[order[row] * p + columns[column]];
      const index = Math.round(sum * scale - offset);
      pixels[line * width + column] = palette[index < 0 ? 0 : index > last ? last : index];
    }
  }
}

/** @param {Uint8ClampedArray} scale 256 RGB triples around 0 @param {boolean} signed false: its upper half only @returns {Uint32Array} opaque pixels, little-endian */
export function paletteOf(scale, signed) {
  const from = signed ? 0 : 128;
  return Uint32Array.from({ length: 256 - from }, (_, i) => {
    const at = 3 * (from + i);
    return ((255 << 24) | (scale[at + 2] << 16) | (scale[at + 1] << 8) | scale[at]) >>> 0;
  });
}
