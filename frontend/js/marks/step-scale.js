/**
 * The axis of gradient steps, the same in every view over steps: linear, or log(1 + step) where frames are spaced
 * geometrically (step 0 has a place there too). Used by views only.
 * @module
 */

/**
 * @typedef {object} StepScale
 * @property {number} last the step at the right end
 * @property {(step: number) => number} to step → share of the width, 0 to 1
 * @property {(share: number) => number} from share of the width → step, not rounded
 * @property {number[]} ticks
 */

/**
 * @param {"linear" | "geometric"} spacing
 * @param {number} last at least 1
 * @returns {StepScale}
 */
export function stepScale(spacing, last) {
  const end = Math.max(1, last);
  if (spacing === "geometric" && end > 10) {
    const whole = Math.log1p(end);
    return {
      last: end,
      to: (step) => Math.log1p(Math.max(0, step)) / whole,
      from: (share) => Math.expm1(share * whole),
      ticks: geometricTicks(end),
    };
  }
  return { last: end, to: (step) => step / end, from: (share) => share * end, ticks: linearTicks(end) };
}

/**
 * @param {number} end
 * @returns {number[]}
 */
function linearTicks(end) {
  const rough = end / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const unit = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power;
  const ticks = [];
  for (let tick = 0; tick <= end; tick += unit) ticks.push(tick);
  return ticks;
}

/**
 * @param {number} end
 * @returns {number[]}
 */
function geometricTicks(end) {
  const ticks = [0, 1, 2];
  for (let tick = 10; tick <= end; tick *= 10) ticks.push(tick);
  const tail = Math.log1p(end) - Math.log1p(/** @type {number} */ (ticks.at(-1)));
  if (tail > 0.1 * Math.log1p(end)) ticks.push(end);
  return ticks;
}

/**
 * Index of the entry of a rising list nearest to `value`; -1 for an empty list.
 * @param {ArrayLike<number>} rising
 * @param {number} value
 * @returns {number}
 */
export function nearestIndex(rising, value) {
  let low = 0;
  let high = rising.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle;
    else high = middle;
  }
  return Math.abs(rising[high] - value) < Math.abs(rising[low] - value) ? high : low;
}
