/**
 * One curve out of several seeds: their mean, and the least and the largest value, step by step. Pure; used by charts and
 * pages of experiments.
 * @module
 */

/**
 * @typedef {object} Curve arrays of equal length
 * @property {number[]} steps rising
 * @property {number[]} mean
 * @property {number[]} low
 * @property {number[]} high
 * @property {number[]} count seeds that have a value there
 */

/**
 * @param {Record<string, (number | null)[]>[]} seeds columns of metrics; a step that a seed has not measured is left to the others
 * @param {string} metric @returns {Curve}
 */
export function seedCurve(seeds, metric) {
  /** @type {Map<number, number[]>} */
  const values = new Map();
  for (const columns of seeds) {
    columns.step.forEach((step, i) => {
      const value = columns[metric]?.[i];
      if (step === null || value === null || value === undefined) return;
      const found = values.get(step);
      if (found) found.push(value);
      else values.set(step, [value]);
    });
  }
  const steps = [...values.keys()].sort((a, b) => a - b);
  const at = steps.map((step) => /** @type {number[]} */ (values.get(step)));
  return {
    steps,
    mean: at.map(average),
    low: at.map((some) => Math.min(...some)),
    high: at.map((some) => Math.max(...some)),
    count: at.map((some) => some.length),
  };
}

/** @param {number[]} values at least one @returns {number} */
export const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
