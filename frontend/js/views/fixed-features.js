/**
 * What fixed features can reach on the parity distribution: reference lines for accuracies. Used by curves.js only.
 * @module
 */

/**
 * Accuracies on the whole distribution, for parity labels with input structure: with probability p_o the relevant bits are
 * uniform (the parity part), else all ones or all zeros (the aligned part, which any of these gets right).
 * @param {import("../types").JsonObject} problem the configuration's problem
 * @returns {{ value: number, text: string }[]} empty for any other problem
 */
export function fixedFeatureLines(problem) {
  const { k, p_o: share, structure, labels } = problem;
  const rule = /** @type {{ rule?: string } | undefined} */ (labels)?.rule;
  if (structure !== true || rule !== "parity" || typeof k !== "number" || typeof share !== "number") return [];
  return [
    { value: 1 - share / 2, text: `fixed features ${percent(1 - share / 2)}` },
    { value: 1 - share + share * bestThreshold(k), text: `one threshold ${percent(1 - share + share * bestThreshold(k))}` },
  ];
}

/**
 * @param {number} k odd
 * @returns {number} accuracy on uniform bits of the best rule "count ≥ t", 1 ≤ t ≤ k, for the parity of the count
 */
export function bestThreshold(k) {
  const weights = [1];
  for (let count = 1; count <= k; count++) weights.push((weights[count - 1] * (k - count + 1)) / count);
  const right = (/** @type {number} */ t) =>
    weights.reduce((sum, weight, count) => sum + (count >= t === (count % 2 === 1) ? weight : 0), 0);
  return Math.max(...weights.slice(1).map((_, below) => right(below + 1))) / 2 ** k;
}

/** @param {number} share */
function percent(share) {
  return `${Number((100 * share).toFixed(1))} %`;
}
