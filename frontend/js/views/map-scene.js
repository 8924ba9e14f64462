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
 * @property {{x: number, y: number}[]} stars +s, −s
 */

import { scaleIndex } from "../theme.js";

/** Neurons with |cos| above this point at +s or −s. */
export const ALIGNED = 0.9;
/** Half the side of the MDS square in plot units: distances are 1 − cos, so ±s lie at ±1 at most. */
export const MDS_EXTENT = 1.2;
const MIN_RADIUS = 2;
const MAX_AREA_SHARE = 2.25;

/**
 * @param {FrameData} frame @param {MapMode} mode
 * @param {number} outputScale |a| that gets `radius`; areas are proportional to |a|, within limits
 * @param {number} radius in pixels
 * @returns {Scene}
 */
export function makeScene(frame, mode, outputScale, radius) {
  const cosine = floats(frame.tensors.signal_cosine);
  const output = floats(frame.tensors.output_weight);
  const n = cosine.length;
  const { x, y } = mode === "plane" ? planePositions(frame, cosine) : mapPositions(frame, n);
  const radii = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const share = outputScale > 0 ? Math.min(MAX_AREA_SHARE, Math.abs(output[i] ?? 0) / outputScale) : 0;
    radii[i] = Math.max(MIN_RADIUS, radius * Math.sqrt(Number.isFinite(share) ? share : 0));
  }
  return { mode, n, x, y, radius: radii, cosine, stars: starPositions(frame, mode) };
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
  return { x, y };
}

/** @param {FrameData} frame @param {MapMode} mode @returns {{x: number, y: number}[]} */
function starPositions(frame, mode) {
  if (mode === "plane") return [{ x: 1, y: 0 }, { x: -1, y: 0 }];
  const marks = floats(frame.tensors.landmarks);
  return [0, 1].map((i) => ({ x: marks[2 * i] ?? NaN, y: marks[2 * i + 1] ?? NaN }));
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
      return { x: start.x + (star.x - start.x) * t, y: start.y + (star.y - start.y) * t };
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
    else result.other.push(i);
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
