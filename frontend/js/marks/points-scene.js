/**
 * What a map of points shows, as plain arrays in pixels: positions, radii, values; and how one scene becomes the next. Pure.
 * @typedef {import("./points-frame.js").Frame} Frame
 * @typedef {object} Scene
 * @property {string} map its id
 * @property {number} n
 * @property {Float32Array} x in pixels; NaN: not drawn
 * @property {Float32Array} y
 * @property {Float32Array} radius in pixels
 * @property {Float64Array} value that colours it; NaN: none
 * @property {Star[]} stars
 * @typedef {{x: number, y: number, crowd: number, name: string, colour: string}} Star crowd: radius of the dots around it, in pixels
 * @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, value: ArrayLike<number> | null, size: ArrayLike<number> | null, full: number, stars: Omit<Star, "crowd">[]}} Points
 *   what is drawn, in its own units; `full`: the size that a dot of full radius has, as has all above it, and areas are proportional below
 */

/** Pixels; also the least value leaves a dot that can be seen. */
export const LEAST_RADIUS = 2.5;
export const LEAST_RADIUS_COMPACT = 1.6;
/** Of all dots where none has a size, as a share of the full radius. */
const ALIKE = 0.65;
/** As shares of the square's side: of a cell in which dots are counted, and how far a dot may stand from its place, per square
 * root of the dots it shares that place with. */
const CELL = 1 / 48;
const SPREAD = 1 / 200;
/** Two fractions whose multiples fill a square evenly (Roberts' R2 sequence): one for directions, one for distances. */
const DIRECTION = 0.7548776662;
const DISTANCE = 0.5698402910;
const REACH = 6; // pixels around a dot that still point at it

/** @param {Points} points @param {Frame} frame @param {number} radius of a full dot, in pixels @param {number} [least] @returns {Scene} */
export function makeScene({ x, y, value, size, full, stars }, frame, radius, least = LEAST_RADIUS) {
  const n = Math.min(x.length, y.length);
  const at = { x: Float32Array.from({ length: n }, (_, i) => frame.x(x[i])), y: Float32Array.from({ length: n }, (_, i) => frame.y(y[i])) };
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
      const place = { x: frame.x(star.x), y: frame.y(star.y) };
      return { ...star, ...place, crowd: frame.square ? crowdAt(at, place, frame.side) : 0 };
    }),
  };
}

/** @param {{x: Float32Array, y: Float32Array}} dots @param {{x: number, y: number}} place @param {number} side @returns {number} */
function crowdAt(dots, place, side) {
  let near = 0;
  for (let i = 0; i < dots.x.length; i++) if (Math.hypot(dots.x[i] - place.x, dots.y[i] - place.y) < side * 2 * CELL) near += 1;
  return side * SPREAD * Math.sqrt(near);
}

/**
 * Moves dots that would hide each other apart, in place: each always in its own direction, by the square root of how many
 * share its neighbourhood, so that a crowd's area tells its number. A dot that stands alone stays where it is; since the
 * crowding varies smoothly with the positions, nothing jumps.
 * @param {Float32Array} x @param {Float32Array} y @param {Frame} frame
 */
function spreadCrowds(x, y, { width, height, side }) {
  const size = side * CELL;
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const cells = Math.ceil(1 / CELL) + 2;
  const counts = new Float32Array(cells * cells);
  const weights = [0, 0, 0, 0];
  /** The four cells around a point and its bilinear weights in them. @param {number} i @returns {number} the first cell, or -1 */
  const locate = (i) => {
    const column = (x[i] - left) / size;
    const row = (y[i] - top) / size;
    if (!(column >= 0 && row >= 0 && column < cells - 1 && row < cells - 1)) return -1;
    const [u, v] = [column % 1, row % 1];
    [weights[0], weights[1], weights[2], weights[3]] = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
    return Math.floor(row) * cells + Math.floor(column);
  };
  const corners = [0, 1, cells, cells + 1];
  const first = Array.from(x, (_, i) => {
    const cell = locate(i);
    if (cell >= 0) corners.forEach((corner, k) => (counts[cell + corner] += weights[k]));
    return cell;
  });
  const moves = first.map((cell, i) => {
    if (cell < 0) return 0;
    locate(i);
    const crowd = corners.reduce((sum, corner, k) => sum + counts[cell + corner] * weights[k], 0);
    // A dot alone counts itself with at most 1; the root of an even fraction fills a disc evenly.
    return side * SPREAD * Math.sqrt(Math.max(0, crowd - 1) * ((i * DISTANCE) % 1));
  });
  moves.forEach((distance, i) => {
    const angle = 2 * Math.PI * ((i * DIRECTION) % 1);
    x[i] += distance * Math.cos(angle);
    y[i] += distance * Math.sin(angle);
  });
}

/**
 * The scene a share `t` of the way from one to another of equal size, for motion between frames.
 * @param {Scene} from @param {Scene} to @param {number} t in [0, 1] @returns {Scene}
 */
export function between(from, to, t) {
  if (t >= 1 || from.n !== to.n) return to;
  return {
    ...to, x: mix(from.x, to.x, t), y: mix(from.y, to.y, t), radius: mix(from.radius, to.radius, t), value: mix(from.value, to.value, t),
    stars: to.stars.map((star, i) => {
      const start = from.stars[i] ?? star;
      const mixed = (/** @type {"x" | "y" | "crowd"} */ key) => start[key] + (star[key] - start[key]) * t;
      return { ...star, x: mixed("x"), y: mixed("y"), crowd: mixed("crowd") };
    }),
  };
}

/** @template {Float32Array | Float64Array} T @param {T} from @param {T} to @param {number} t @returns {T} */
function mix(from, to, t) {
  return /** @type {T} */ (to.map((/** @type {number} */ b, /** @type {number} */ i) => (Number.isNaN(from[i]) ? b : from[i] + (b - from[i]) * t)));
}

/**
 * The member whose dot is nearest to a point, if it is within reach.
 * @param {Scene} scene @param {number} x @param {number} y @param {number} [reach] in pixels @returns {number | null}
 */
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
  /** @type {Set<number>} */
  const found = new Set();
  for (let i = 0; i < n; i++) {
    let odd = false;
    for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
      const [p, q] = [loop[a], loop[b]];
      if (p.y > py[i] !== q.y > py[i] && px[i] < ((q.x - p.x) * (py[i] - p.y)) / (q.y - p.y) + p.x) odd = !odd;
    }
    if (odd) found.add(i);
  }
  return found;
}
