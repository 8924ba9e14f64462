/**
 * What the neuron map shows, as plain arrays: positions in plot units, radii, colours; and how one scene becomes the next.
 * Pure functions, used by views/map.js only.
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").Tensor} Tensor
 * @typedef {"mds" | "plane"} MapMode
 * @typedef {object} Scene
 * @property {MapMode} mode
 * @property {number} n
 * @property {Float32Array} x in plot units; NaN: not drawn
 * @property {Float32Array} y
 * @property {Float32Array} radius in pixels
 * @property {Float32Array} cosine signed signal cosine
 * @property {Star[]} stars +s, −s
 * @typedef {{x: number, y: number, crowd: number}} Star crowd: radius of the dots around it, in plot units
 */

import { scaleIndex } from "../ui/theme.js";

/** Neurons with |cos| above this point at +s or −s. */
export const ALIGNED = 0.9;
/** Half the side of the MDS square in plot units: distances are 1 − cos, so ±s lie at ±1 at most. */
export const MDS_EXTENT = 1.2;
/** Pixels; also the least output weight leaves a dot that can be seen. */
export const LEAST_RADIUS = 2.5;
export const LEAST_RADIUS_COMPACT = 1.6;
const CELL = 0.05;
/** How far a dot may stand from its place, in plot units, per square root of the dots it shares that place with. */
const SPREAD = 0.012;
/** Two fractions whose multiples fill a square evenly (Roberts' R2 sequence): one for directions, one for distances. */
const DIRECTION = 0.7548776662;
const DISTANCE = 0.5698402910;

/**
 * @param {FrameData} frame @param {MapMode} mode
 * @param {number} outputScale |a| that gets `radius`, as does all above it; areas are proportional to |a| below
 * @param {number} radius in pixels
 * @param {number} [least] in pixels
 * @returns {Scene}
 */
export function makeScene(frame, mode, outputScale, radius, least = LEAST_RADIUS) {
  const cosine = floats(frame.tensors.signal_cosine);
  const output = floats(frame.tensors.output_weight);
  const n = cosine.length;
  const { x, y } = mode === "plane" ? planePositions(frame, cosine) : mapPositions(frame, n);
  const radii = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const share = outputScale > 0 ? Math.min(1, Math.abs(output[i] ?? 0) / outputScale) : 0;
    radii[i] = Math.max(least, radius * Math.sqrt(Number.isFinite(share) ? share : 0));
  }
  return { mode, n, x, y, radius: radii, cosine, stars: starPositions(frame, mode, cosine) };
}

/** @param {Tensor | undefined} tensor @returns {Float32Array} */
function floats(tensor) {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array();
}

/** @param {FrameData} frame @param {Float32Array} cosine */
function planePositions(frame, cosine) {
  return { x: cosine, y: floats(frame.tensors.background_norm) };
}

/** @param {FrameData} frame @param {number} n */
function mapPositions(frame, n) {
  const layout = floats(frame.tensors.layout);
  const x = new Float32Array(n).fill(NaN);
  const y = new Float32Array(n).fill(NaN);
  for (let i = 0; i < Math.min(n, layout.length / 2); i++) {
    x[i] = layout[2 * i] ?? NaN;
    y[i] = layout[2 * i + 1] ?? NaN;
  }
  spreadCrowds(x, y);
  return { x, y };
}

/**
 * Moves dots that would hide each other apart, in place: each always in its own direction, by the square root of how many
 * share its neighbourhood, so that a crowd's area tells its number. A dot that stands alone stays where it is; since the
 * crowding varies smoothly with the positions, nothing jumps.
 * @param {Float32Array} x @param {Float32Array} y
 */
function spreadCrowds(x, y) {
  const cells = Math.ceil((2 * MDS_EXTENT) / CELL) + 2;
  const counts = new Float32Array(cells * cells);
  const weights = [0, 0, 0, 0];
  /** The four cells around a point and its bilinear weights in them. @param {number} i @returns {number} the first cell, or -1 */
  const locate = (i) => {
    const column = (x[i] + MDS_EXTENT) / CELL;
    const row = (y[i] + MDS_EXTENT) / CELL;
    if (!(column >= 0 && row >= 0 && column < cells - 1 && row < cells - 1)) return -1;
    const u = column % 1;
    const v = row % 1;
    weights[0] = (1 - u) * (1 - v);
    weights[1] = u * (1 - v);
    weights[2] = (1 - u) * v;
    weights[3] = u * v;
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
    return SPREAD * Math.sqrt(Math.max(0, crowd - 1) * ((i * DISTANCE) % 1));
  });
  moves.forEach((distance, i) => {
    const angle = 2 * Math.PI * ((i * DIRECTION) % 1);
    x[i] += distance * Math.cos(angle);
    y[i] += distance * Math.sin(angle);
  });
}

/** @param {FrameData} frame @param {MapMode} mode @param {Float32Array} cosine @returns {Star[]} */
function starPositions(frame, mode, cosine) {
  const marks = mode === "plane" ? new Float32Array([1, 0, -1, 0]) : floats(frame.tensors.landmarks);
  const { positive, negative } = groups(cosine);
  return [positive, negative].map((near, i) => ({
    x: marks[2 * i] ?? NaN,
    y: marks[2 * i + 1] ?? NaN,
    crowd: mode === "plane" ? 0 : SPREAD * Math.sqrt(near.length),
  }));
}

/**
 * The scene a share `t` of the way from one to another of equal size, for motion between frames.
 * @param {Scene} from @param {Scene} to @param {number} t in [0, 1] @returns {Scene}
 */
export function between(from, to, t) {
  if (t >= 1 || from.n !== to.n) return to;
  return {
    mode: to.mode,
    n: to.n,
    x: mix(from.x, to.x, t),
    y: mix(from.y, to.y, t),
    radius: mix(from.radius, to.radius, t),
    cosine: mix(from.cosine, to.cosine, t),
    stars: to.stars.map((star, i) => {
      const start = from.stars[i] ?? star;
      const mixed = (/** @type {keyof Star} */ key) => start[key] + (star[key] - start[key]) * t;
      return { x: mixed("x"), y: mixed("y"), crowd: mixed("crowd") };
    }),
  };
}

/** @param {Float32Array} from @param {Float32Array} to @param {number} t */
function mix(from, to, t) {
  const result = new Float32Array(to.length);
  for (let i = 0; i < to.length; i++) {
    const a = /** @type {number} */ (from[i]);
    const b = /** @type {number} */ (to[i]);
    result[i] = Number.isNaN(a) ? b : a + (b - a) * t;
  }
  return result;
}

/** @param {ArrayLike<number>} cosine @returns {{positive: number[], negative: number[], other: number[]}} rows */
export function groups(cosine) {
  /** @type {{positive: number[], negative: number[], other: number[]}} */
  const result = { positive: [], negative: [], other: [] };
  for (let i = 0; i < cosine.length; i++) {
    const value = /** @type {number} */ (cosine[i]);
    if (value > ALIGNED) result.positive.push(i);
    else if (value < -ALIGNED) result.negative.push(i);
    else if (!Number.isNaN(value)) result.other.push(i);
  }
  return result;
}

/**
 * The neuron whose dot is nearest to a point, if it is within reach.
 * @param {Float32Array} px pixels @param {Float32Array} py @param {Float32Array} radius
 * @param {number} x @param {number} y @returns {number | null}
 */
export function nearest(px, py, radius, x, y) {
  let best = null;
  let least = Infinity;
  for (let i = 0; i < px.length; i++) {
    const distance = Math.hypot(px[i] - x, py[i] - y) - radius[i];
    if (distance < least && distance < 6) {
      least = distance;
      best = i;
    }
  }
  return best;
}

/**
 * @param {Float32Array} px pixels @param {Float32Array} py @param {{x: number, y: number}[]} loop a closed polygon
 * @returns {Set<number>} the neurons inside it (even-odd rule)
 */
export function inside(px, py, loop) {
  /** @type {Set<number>} */
  const found = new Set();
  for (let i = 0; i < px.length; i++) {
    let odd = false;
    for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
      const p = loop[a];
      const q = loop[b];
      if (p.y > py[i] !== q.y > py[i] && px[i] < ((q.x - p.x) * (py[i] - p.y)) / (q.y - p.y) + p.x) odd = !odd;
    }
    if (odd) found.add(i);
  }
  return found;
}

/** @param {number} cosine @param {string[]} scale 256 colours @returns {string} */
export const colourOf = (cosine, scale) => scale[scaleIndex(cosine)];
