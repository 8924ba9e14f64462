/**
 * A few numbers over the neurons of one frame. Pure functions of tensors; used by views and pages.
 * @typedef {import("./types").FrameData} FrameData
 */

export const ALIGNED = 0.9;

/** @typedef {ReturnType<typeof count>} Summary */
/** @type {WeakMap<FrameData, Summary>} */
const known = new WeakMap();

/**
 * @param {FrameData} frame
 * @returns {Summary} neurons: how many it shows; aligned: those with |cos| > ALIGNED; notFinite: those whose cosine is no number;
 *   outputScale: 95th percentile of |a|; weightScale: largest |entry| of the weights shown as pictures, 0 where none are
 */
export function summarise(frame) {
  const found = known.get(frame) ?? count(frame);
  known.set(frame, found);
  return found;
}

/** @param {FrameData} frame */
function count({ tensors }) {
  const cosines = tensors.signal_cosine?.data ?? new Float32Array();
  let aligned = 0;
  let notFinite = 0;
  for (const cosine of cosines) {
    if (!Number.isFinite(cosine)) notFinite += 1;
    else if (Math.abs(cosine) > ALIGNED) aligned += 1;
  }
  return {
    neurons: cosines.length, aligned, notFinite,
    outputScale: quantile(absolute(tensors.output_weight?.data), 0.95),
    weightScale: quantile(absolute(tensors.weights_scale?.data), 1),
  };
}

/** @param {ArrayLike<number>} counts in equal bins over [-1, 1] @returns {number} those beyond ±ALIGNED */
export function alignedIn(counts) {
  const edge = Math.floor((counts.length * (1 - ALIGNED)) / 2 + 1e-9);
  let sum = 0;
  for (let bin = 0; bin < edge; bin++) sum += counts[bin] + counts[counts.length - 1 - bin];
  return sum;
}

/** @param {ArrayLike<number> | undefined} values @returns {number | null} */
export function mean(values) {
  if (!values?.length) return null;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += /** @type {number} */ (values[i]);
  return Number.isFinite(sum) ? sum / values.length : null;
}

/** @param {ArrayLike<number> | undefined} values @returns {number[]} their finite absolute values */
function absolute(values) {
  return Array.from(values ?? [], Math.abs).filter(Number.isFinite);
}

/** @param {number[]} values @param {number} share @returns {number} 0 for none */
function quantile(values, share) {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}
