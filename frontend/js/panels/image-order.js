/**
 * The order of the pictures of neurons. It holds while the film plays: a neuron that changes its place cannot be followed.
 * Used by pictures.js only.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").PictureOptions} PictureOptions
 */

import { problemOf } from "../problems.js";

/**
 * @param {Moment} moment
 * @param {PictureOptions["order"]} mode
 * @returns {{pictures: number[], step: number | null}} pictures of the frame, first to last; the step whose numbers sort them
 */
export function orderOf(moment, mode) {
  const rows = moment.run.pictures?.rows ?? [];
  const pictures = rows.map((_, picture) => picture);
  if (mode === "drawn") return { pictures: isPaired(moment) ? inPairs(rows.length) : pictures, step: null };
  const frame = lastFrame(moment);
  const { signal_cosine: cosine, cluster, centre_cosine: closeness } = frame.tensors;
  /** @type {(picture: number) => number} */
  let key = (picture) => -(cosine?.data[rows[picture]] ?? NaN);
  if (mode === "cluster" && cluster && closeness) {
    // The surest of one cluster come first, those of the other last, and the doubtful meet in the middle.
    key = (picture) => (cluster.data[rows[picture]] ? 1 : -1) * (1 + closeness.data[rows[picture]]);
  }
  const keys = pictures.map(key).map((value) => (Number.isNaN(value) ? Infinity : value));
  return { pictures: pictures.sort((a, b) => keys[a] - keys[b] || a - b), step: frame.step };
}

/**
 * Hidden units of the paper's network begin in pairs, i and i + m with the same weights and opposite a: side by side one
 * sees how they part. Those of a mixture's classifiers do not.
 * @param {Moment} moment
 */
export function isPaired(moment) {
  const shown = moment.run.pictures?.rows.length ?? 0;
  return stageOf(moment) === "" && shown === moment.run.neurons?.total && shown % 2 === 0;
}

/** @param {number} count @returns {number[]} 0, m, 1, m + 1, … */
const inPairs = (count) => Array.from({ length: count }, (_, place) => (place >> 1) + (place % 2 ? count / 2 : 0));

/** @param {Moment} moment @returns {string} of which of a mixture's two networks the frame shows the first layer; "" where there is one */
export function stageOf({ run, frame }) {
  if (problemOf(run.config) !== "mixture") return "";
  return stageIn(frame.phase);
}

/** @param {string} phase also "start", before the teacher's first step */
const stageIn = (phase) => (phase === "student" ? "student" : "teacher");

/** @param {Moment} moment @returns {FrameData} the newest of the same network whose bytes are here */
export function lastFrame(moment) {
  const { timeline, frame } = moment;
  const stage = stageOf(moment);
  for (let index = timeline.entries.length - 1; index > moment.index; index--) {
    if (stage && stageIn(timeline.entries[index].phase) !== stage) continue;
    const last = timeline.frameAt(index);
    if (last) return last;
  }
  return frame;
}
