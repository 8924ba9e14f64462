/**
 * What the curves of all kinds of problems are made of: a line of a metric, numbers at the cursor, words for shares. Pure. Used
 * by the modules curves-*.js.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").Measured} Measured
 * @typedef {import("../marks/step-plot.js").Line} Line
 * @typedef {object} Curves the curves of a kind of problem
 * @property {string} accuracy title of the upper panel
 * @property {string} loss title of the lower one
 * @property {(moment: Moment, colours: import("../types").Colours) => Line[]} lines of the upper panel
 * @property {(moment: Moment) => string} caption of a network that has not diverged
 */

import { count } from "../ui/dom.js";

/** @param {Moment} moment @returns {readonly import("../types").TimelineEntry[]} also where the film has lost the frames */
export const numbersOf = ({ timeline }) => timeline.rows;

/**
 * @param {Moment} moment
 * @returns {(key: string, label: string, colour: string, look?: Partial<Line>) => Line} makes the line of a metric
 */
export function lineMaker({ timeline }) {
  const entries = timeline.rows.length === timeline.entries.length ? {} : { entries: timeline.rows };
  return (key, label, colour, look = {}) => ({
    key, label, colour, width: 1.25, panel: 0, ...entries, value: (entry) => entry.metrics[key], ...look,
  });
}

/** Of the lines that a chart is about. */
export const STRONG = { width: 2.25 };

/** @param {number | null | undefined} share */
export const percent = (share) => (share === undefined || share === null ? "–" : `${Math.round(100 * share)} %`);

/**
 * A metric as it was last measured, at the shown step or before: most frames have no probe.
 * @param {Moment} moment @param {string} metric
 * @returns {{value: number | null, when: string} | null} value: null where it is not a number; when: "", or the step that it is
 *   of, where that is not the one shown; null where it was not measured yet
 */
export function lastOf(moment, metric) {
  const { frame } = moment;
  if (frame.metrics[metric] !== undefined) return { value: frame.metrics[metric], when: "" };
  const last = numbersOf(moment).findLast(({ step, metrics }) => step <= frame.step && metrics[metric] !== undefined);
  return last ? { value: last.metrics[metric], when: ` at step ${count(last.step)}` } : null;
}

/**
 * "82 % of new inputs right", of the shown frame alone.
 * @param {Moment} moment @param {string} metric an accuracy @param {string} what "new inputs"
 */
export function rightOf({ frame: { metrics } }, metric, what) {
  const value = metrics[metric];
  if (value === undefined) return `accuracy on ${what} not measured at this step`;
  return value === null ? `the network is not a number any more` : `${percent(value)} of ${what} right`;
}
