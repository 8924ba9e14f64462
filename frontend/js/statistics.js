/**
 * What is kept of every frame: a few numbers over its neurons. Pure functions of tensors, used by timeline.js.
 * @typedef {import("./types").FrameData} FrameData
 * @typedef {import("./types").TimelineEntry} TimelineEntry
 */

export const HISTOGRAM_BINS = 64;
export const ALIGNED = 0.9;

/** @param {FrameData} frame @param {number} relevant patterns, the first columns of `alignment` @returns {TimelineEntry} */
export function summarise(frame, relevant) {
  const cosines = frame.tensors.signal_cosine?.data ?? new Float32Array();
  const counts = countCosines(cosines);
  return {
    seq: frame.seq,
    step: frame.step,
    phase: frame.phase,
    metrics: frame.metrics,
    stress: frame.layout.stress ?? null,
    neurons: cosines.length,
    ...counts,
    relevantStrength: frame.tensors.relevant_norm ? mean(frame.tensors.relevant_norm.data) : relevantStrength(frame.tensors.alignment, relevant),
    backgroundStrength: mean(frame.tensors.background_norm?.data),
    outputScale: quantile(absolute(frame.tensors.output_weight?.data), 0.95),
    weightScale: quantile(absolute(frame.tensors.weights_scale?.data), 1),
  };
}

/** @param {ArrayLike<number>} cosines @returns {{histogram: Uint16Array, aligned: number, notFinite: number}} */
function countCosines(cosines) {
  const histogram = new Uint16Array(HISTOGRAM_BINS);
  let aligned = 0;
  let notFinite = 0;
  for (let i = 0; i < cosines.length; i++) {
    const cosine = /** @type {number} */ (cosines[i]);
    if (!Number.isFinite(cosine)) {
      notFinite += 1;
      continue;
    }
    if (Math.abs(cosine) > ALIGNED) aligned += 1;
    const bin = Math.floor(((cosine + 1) / 2) * HISTOGRAM_BINS);
    histogram[Math.max(0, Math.min(HISTOGRAM_BINS - 1, bin))] += 1;
  }
  return { histogram, aligned, notFinite };
}

/**
 * Mean over neurons of the norm of w/|w| along the relevant patterns (orthonormal, so a root of summed squares), for frames
 * that do not hold that norm.
 * @param {import("./types").Tensor | undefined} alignment [n, p] @param {number} relevant @returns {number | null}
 */
function relevantStrength(alignment, relevant) {
  if (!alignment || relevant === 0) return null;
  const [n = 0, p = 0] = alignment.shape;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let j = 0; j < Math.min(relevant, p); j++) squares += alignment.data[i * p + j] ** 2;
    sum += Math.sqrt(squares);
  }
  return Number.isFinite(sum) && n > 0 ? sum / n : null;
}

/** @param {ArrayLike<number> | undefined} values @returns {number | null} */
function mean(values) {
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
