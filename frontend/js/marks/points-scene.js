/**
 * What a map of points shows, as plain arrays in pixels: where it lies on its canvas; positions, radii, values; and how one scene becomes the next. Pure.
 * @import { PointMap, Range } from "../types"
 * @import { MapFrame, Scene } from "../types-marks"
 * @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, value: ArrayLike<number> | null, size: ArrayLike<number> | null, full: number, stars: Omit<import("../types-marks").Star, "crowd">[]}} Points
 *   what is drawn, in its own units; `full`: the size that a dot of full radius has, as has all above it, and areas are proportional below
 */

const MARGIN = [52, 20, 26, 46]; // left, right, above and below, where text has its usual size
const MARGIN_TINY = [42, 12, 26, 49];
const MARGIN_SQUARE = [0, 0, 0, 0];
const SMALL = 330; // widths in pixels below which words and stars are smaller, and words fewer
export const TINY = 240;
const ROOM = 0.03; // beyond the ends of an axis, as a share of it: dots have a width
const AROUND = 1.1; // half the side of a square whose extent is not said, in units of what is seen
export const LEAST_RADIUS = 2.5; // pixels; also the least value leaves a dot that can be seen
export const LEAST_RADIUS_COMPACT = 1.6;
const ALIKE = 0.65; // of the full radius, where no dot has a size
/** As shares of the square's side: of a cell in which dots are counted, and how far a dot may stand from its place, per square root of the dots it shares that place with. */
const CELL = 1 / 48;
const SPREAD = 1 / 200;
/** Fractions whose multiples fill a square evenly (Roberts' R2 sequence). */
const [DIRECTION, DISTANCE] = [0.7548776662, 0.5698402910];
const REACH = 6; // pixels around a dot that still point at it
const probe = new OffscreenCanvas(1, 1).getContext("2d");

/** The largest square; with axes for two quantities. @param {PointMap} map @param {MapFrame["box"]} box @param {number} width @param {number} height @param {number} [em] how large text is @returns {MapFrame} */
export function makeFrame(map, box, width, height, em = 1) {
  const side = Math.max(1, Math.min(width, height));
  const square = map.positions !== undefined;
  const [left, right, top, below] = (square ? MARGIN_SQUARE : width < TINY ? MARGIN_TINY : MARGIN).map((px) => px * em);
  const room = square ? 0 : ROOM;
  const [spanX, spanY] = [box.x, box.y].map(([low, high]) => high - low || 1);
  const unit = (side - left - right) / (spanX * (1 + 2 * room));
  const unitY = (side - top - below) / (spanY * (1 + 2 * room));
  const west = (width - side) / 2 + left + room * spanX * unit;
  const south = (height + side) / 2 - below - room * spanY * unitY;
  return { map: map.id, width, height, side, box, square, small: width < SMALL, unit, x: (x) => west + (x - box.x[0]) * unit, y: (y) => south - (y - box.y[0]) * unitY };
}

/**
 * What a map shows of its units: what is said of it, or all that has been seen so far, so that it stays put while a film plays.
 * @returns {(map: PointMap, said: readonly (readonly (number | null)[])[], seen: (Range | null)[]) => MapFrame["box"]} the ends that are said of both axes, and what is seen now
 */
export function heldBox() {
  const held = new Map();
  return ({ id, positions, extent }, said, seen) => {
    /** @type {Range[]} */
    const now = seen.map((range, i) => {
      const ends = [range, held.get(id)?.[i]].flatMap((one) => one ?? []);
      return ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 0];
    });
    if (seen[0] && seen[1]) held.set(id, now);
    const half = extent ?? (Math.max(...now.map(([low, high]) => high - low)) / 2 || 1) * AROUND;
    /** @type {(ends: Range, i: number) => Range} */
    const shown = ([least, most], i) => {
      const middle = extent === undefined ? (least + most) / 2 : 0;
      if (positions !== undefined) return [middle - half, middle + half];
      const [low, high] = [said[i][0] ?? least, said[i][1] ?? most];
      return high > low ? [low, high] : [low - 1, high + 1];
    };
    return { x: shown(now[0], 0), y: shown(now[1], 1) };
  };
}

/** @param {Points} points @param {MapFrame} frame @param {number} radius of a full dot, in pixels @param {number} [least] @returns {Scene} */
export function makeScene({ x, y, value, size, full, stars }, frame, radius, least = LEAST_RADIUS) {
  const n = Math.min(x.length, y.length);
  const at = { x: Float32Array.from(x, frame.x).subarray(0, n), y: Float32Array.from(y, frame.y).subarray(0, n) };
  if (frame.square) spreadCrowds(at.x, at.y, frame);
  const radii = Float32Array.from({ length: n }, (_, i) => {
    if (!size) return Math.max(least, ALIKE * radius);
    const share = full > 0 ? Math.min(1, Math.abs(size[i] ?? 0) / full) : 0;
    return Math.max(least, radius * Math.sqrt(share || 0));
  });
  return {
    map: frame.map, n, ...at, radius: radii,
    value: Float64Array.from({ length: n }, (_, i) => value?.[i] ?? NaN),
    stars: stars.map((star) => {
      const [left, top] = [frame.x(star.x), frame.y(star.y)];
      const near = frame.square ? at.x.filter((one, i) => (one - left) ** 2 + (at.y[i] - top) ** 2 < (frame.side * 2 * CELL) ** 2).length : 0;
      return { ...star, x: left, y: top, crowd: frame.side * SPREAD * Math.sqrt(near) };
    }),
  };
}

/**
 * Moves dots that would hide each other apart, in place: each always in its own direction, by the square root of how many share its neighbourhood, so
 * that a crowd's area tells its number. A dot that stands alone stays where it is; since the crowding varies smoothly with the positions, nothing jumps.
 * @param {Float32Array} x @param {Float32Array} y @param {MapFrame} frame
 */
function spreadCrowds(x, y, { width, height, side }) {
  const size = side * CELL;
  const cells = Math.ceil(1 / CELL) + 2;
  const counts = new Float32Array(cells * cells);
  const corners = [0, 1, cells, cells + 1];
  /** The first of the four cells around each dot, or -1, and its bilinear weights in them. */
  const places = Array.from(x, (left, i) => {
    const column = (left - (width - side) / 2) / size;
    const row = (y[i] - (height - side) / 2) / size;
    const [u, v] = [column % 1, row % 1];
    const seen = column >= 0 && row >= 0 && column < cells - 1 && row < cells - 1;
    return { cell: seen ? Math.floor(row) * cells + Math.floor(column) : -1, weights: [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v] };
  });
  for (const { cell, weights } of places) if (cell >= 0) corners.forEach((corner, k) => (counts[cell + corner] += weights[k]));
  places.forEach(({ cell, weights }, i) => {
    const crowd = cell < 0 ? 0 : corners.reduce((sum, corner, k) => sum + counts[cell + corner] * weights[k], 0);
    // A dot alone counts itself with at most 1; the root of an even fraction fills a disc evenly.
    const distance = side * SPREAD * Math.sqrt(Math.max(0, crowd - 1) * ((i * DISTANCE) % 1));
    const angle = 2 * Math.PI * ((i * DIRECTION) % 1);
    x[i] += distance * Math.cos(angle);
    y[i] += distance * Math.sin(angle);
  });
}

/** For motion between frames. @param {Scene} from @param {Scene} to of equal size @param {number} t in [0, 1]: a share of the way @returns {Scene} */
export function between(from, to, t) {
  if (t >= 1 || from.n !== to.n) return to;
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => (Number.isNaN(a) ? b : a + (b - a) * t);
  return {
    ...to, x: to.x.map((x, i) => mix(from.x[i], x)), y: to.y.map((y, i) => mix(from.y[i], y)),
    radius: to.radius.map((radius, i) => mix(from.radius[i], radius)), value: to.value.map((value, i) => mix(from.value[i], value)),
    stars: to.stars.map((star, i) => {
      const { x, y, crowd } = from.stars[i] ?? star;
      return { ...star, x: mix(x, star.x), y: mix(y, star.y), crowd: mix(crowd, star.crowd) };
    }),
  };
}

/** @param {Scene} scene @param {number} x @param {number} y @param {number} [reach] in pixels @returns {number | null} the member whose dot is nearest to a point, within reach */
export function nearest({ n, x: px, y: py, radius }, x, y, reach = REACH) {
  let best = null;
  let least = reach;
  for (let i = 0; i < n; i++) {
    const distance = Math.hypot(px[i] - x, py[i] - y) - radius[i];
    if (distance < least) [least, best] = [distance, i];
  }
  return best;
}

/** @param {Scene} scene @param {{x: number, y: number}[]} loop a closed polygon, in pixels @returns {Set<number>} members inside it (even-odd rule) */
export function inside({ n, x: px, y: py }, loop) {
  const path = new Path2D(`M${loop.map(({ x, y }) => `${x} ${y}`).join("L")}Z`);
  return new Set(Array.from({ length: n }, (_, i) => i).filter((i) => probe?.isPointInPath(path, px[i], py[i], "evenodd")));
}
