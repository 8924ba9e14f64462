/** The axis of gradient steps, the same in every chart: linear, or log(1 + step) where frames are spaced geometrically (step 0 has a place, too); all or a part of it. Pure. */

/** @param {"linear" | "geometric"} spacing @param {number} last at least 1 @param {readonly [number, number]} [part] that is seen @returns {import("../types-marks").StepScale} */
export function stepScale(spacing, last, part = [0, Math.max(1, last)]) {
  const [from, to] = part;
  const geometric = spacing === "geometric" && last > 10;
  const bend = geometric ? (/** @type {number} */ step) => Math.log1p(Math.max(0, step)) : Number;
  const [low, high] = [bend(from), bend(to)];
  const powers = geometric ? geometricTicks(from, to) : [];
  return {
    last: Math.max(1, last),
    to: (step) => (bend(step) - low) / (high - low),
    from: (share) => (geometric ? Math.expm1 : Number)(low + share * (high - low)),
    ticks: powers.length > 2 ? powers : roundNumbers(from, to, 4, to - from < 2 ? 0 : 1),
  };
}

/** @param {number} from @param {number} to @param {number} parts about so many, or fewer @param {number} [least] distance @returns {number[]} round numbers between them */
export function roundNumbers(from, to, parts, least = 0) {
  const rough = Math.max(least, (to - from) / parts);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= 0.79 * rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** @param {number} from @param {number} to @returns {number[]} */
function geometricTicks(from, to) {
  const ticks = [0, 1, 2];
  for (let tick = 10; tick <= to; tick *= 10) ticks.push(tick);
  const tail = Math.log1p(to) - Math.log1p(/** @type {number} */ (ticks.at(-1)));
  if (tail > 0.1 * Math.log1p(to)) ticks.push(Math.round(to));
  return ticks.filter((tick) => tick >= from && tick <= to);
}

/** @param {ArrayLike<number>} rising @param {number} value @returns {number} index of the entry that is nearest; -1 where there is none */
export function nearestIndex(rising, value) {
  const before = lastIndex(rising, value);
  const after = Math.min(before + 1, rising.length - 1);
  return before < 0 || Math.abs(rising[after] - value) < Math.abs(rising[before] - value) ? after : before;
}

/** @param {ArrayLike<number>} rising @param {number} value @returns {number} index of the last one that is not above it; -1 where there is none */
export function lastIndex(rising, value) {
  let low = -1;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rising[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Puts what was recorded in order: a recording that was begun again has steps that run backwards.
 * @param {ArrayLike<number>} steps @returns {number[] | null} places of them, so that they rise, the last one of equal steps; null where they rise already
 */
export function inOrder(steps) {
  if (Array.prototype.every.call(steps, (step, i) => i === 0 || step > steps[i - 1])) return null;
  const places = new Map(Array.from(steps, (step, i) => [step, i])); // the last one stays
  return [...places].sort(([a], [b]) => a - b).map(([, place]) => place);
}

/** @template {{ step: number }} T @param {readonly T[]} rows @returns {readonly T[]} in the order of steps, the last one of each */
export function inSteps(rows) {
  const order = inOrder(rows.map(({ step }) => step));
  return order ? order.map((i) => rows[i]) : rows;
}
