/**
 * What the curves of all kinds of problems are made of: a line of a metric, numbers at the cursor, words for shares. Pure. Used
 * by the modules curves-*.js.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").Measured} Measured
 * @typedef {import("./step-plot.js").Line} Line
 * @typedef {object} Curves the curves of a kind of problem
 * @property {string} accuracy title of the upper panel
 * @property {string} loss title of the lower one
 * @property {(moment: Moment, colours: import("../types").Colours) => Line[]} lines of the upper panel
 * @property {(moment: Moment) => string} caption of a network that has not diverged
 */

/** @param {Moment} moment @returns {readonly Measured[]} also where the film has lost the frames */
export const numbersOf = ({ measured, timeline }) => measured ?? timeline.entries;

/**
 * @param {Moment} moment
 * @returns {(key: string, label: string, colour: string, look?: Partial<Line>) => Line} makes the line of a metric
 */
export function lineMaker({ measured }) {
  const entries = measured ? { entries: measured } : {};
  return (key, label, colour, look = {}) => ({
    key, label, colour, width: 1.25, panel: 0, ...entries, value: (entry) => entry.metrics[key], ...look,
  });
}

/** Of the lines that a chart is about. */
export const STRONG = { width: 2.25 };

/** @param {number | null | undefined} share */
export const percent = (share) => (share === undefined || share === null ? "–" : `${Math.round(100 * share)} %`);

/** @param {Moment} moment @param {string} metric @returns {number | null} at the shown step, or as it was last measured before */
export function valueNow(moment, metric) {
  const last = numbersOf(moment).findLast(({ step, metrics }) => step <= moment.frame.step && metrics[metric] !== undefined);
  return last?.metrics[metric] ?? null;
}
