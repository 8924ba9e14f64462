/**
 * Where a map of points lies on its canvas: from its own units to pixels. Pure.
 * @typedef {import("../types").Range} Range
 * @typedef {import("../types").PointMap} PointMap
 * @typedef {{x: Range, y: Range}} Box in units of the map
 * @typedef {object} Frame
 * @property {string} map its id
 * @property {number} width
 * @property {number} height
 * @property {number} side of the square that it fills
 * @property {boolean} square directions mean nothing, and distances are the same along both
 * @property {boolean} small words and stars are smaller, and words fewer
 * @property {Box} box
 * @property {number} unit pixels of one unit along x
 * @property {(x: number) => number} x
 * @property {(y: number) => number} y
 */

const MARGIN = { left: 52, right: 20, top: 26, bottom: 46 };
/** Widths in pixels below which words and stars are smaller, and words fewer. */
const SMALL = 330;
export const TINY = 240;
const MARGIN_TINY = { left: 42, right: 12, top: 26, bottom: 49 };
const ROOM = 0.03; // beyond the ends of an axis, as a share of it: dots have a width
const AROUND = 1.1; // half the side of a square whose extent is not said, in units of what is seen

/** The largest square for a map of positions, the same square with room for axes for two quantities.
 * @param {PointMap} map @param {Box} box @param {number} width @param {number} height @returns {Frame} */
export function makeFrame(map, box, width, height) {
  const side = Math.max(1, Math.min(width, height));
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const common = { map: map.id, width, height, side, box, small: width < SMALL, square: map.positions !== undefined };
  const [spanX, spanY] = [box.x[1] - box.x[0] || 1, box.y[1] - box.y[0] || 1];
  if (common.square) {
    const unit = side / spanX;
    return { ...common, unit, x: (x) => left + (x - box.x[0]) * unit, y: (y) => top + (box.y[1] - y) * unit };
  }
  const margin = width < TINY ? MARGIN_TINY : MARGIN;
  const unit = (side - margin.left - margin.right) / (spanX * (1 + 2 * ROOM));
  const unitY = (side - margin.top - margin.bottom) / (spanY * (1 + 2 * ROOM));
  const originX = left + margin.left + ROOM * spanX * unit;
  const originY = top + side - margin.bottom - ROOM * spanY * unitY;
  return { ...common, unit, x: (x) => originX + (x - box.x[0]) * unit, y: (y) => originY - (y - box.y[0]) * unitY };
}

/**
 * What a map shows of its units: what is said of it, or all that has been seen so far, so that it stays put while a film plays.
 * @returns {(map: PointMap, said: readonly (readonly (number | null)[])[], seen: (Range | null)[]) => Box} the ends that are said of both axes, and what is seen now
 */
export function heldBox() {
  /** @type {Map<string, [Range, Range]>} */
  const held = new Map();
  return (map, said, seen) => {
    const before = held.get(map.id);
    const now = /** @type {[Range, Range]} */ (seen.map((range, i) => {
      const [low, high] = range ?? before?.[i] ?? [0, 0];
      return before ? [Math.min(low, before[i][0]), Math.max(high, before[i][1])] : [low, high];
    }));
    if (seen[0] && seen[1]) held.set(map.id, now);
    if (map.positions === undefined) {
      const [x, y] = now.map(([low, high], i) => wide([said[i][0] ?? low, said[i][1] ?? high]));
      return { x, y };
    }
    const half = map.extent ?? (Math.max(...now.map(([low, high]) => high - low)) / 2 || 1) * AROUND;
    const [x, y] = now.map(([low, high]) => /** @type {Range} */ (map.extent === undefined ? [(low + high) / 2 - half, (low + high) / 2 + half] : [-half, half]));
    return { x, y };
  };
}

/** @param {Range} range @returns {Range} of some width */
const wide = ([low, high]) => (high > low ? [low, high] : [low - 1, high + 1]);

/** @param {Range} range @param {number} most how many at most @returns {number[]} round numbers within it */
export function ticksIn([low, high], most) {
  const rough = (high - low) / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * (1 - 1e-9)) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
