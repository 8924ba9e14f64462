/**
 * The order of pictures. It holds while the film plays: one that changes its place cannot be followed.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").ImagesShow} ImagesShow
 */

import { numbersOf } from "../display/values.js";

/**
 * @param {PanelMoment} moment @param {ImagesShow} show @param {string} order the id of one; "" for that of the frame
 * @returns {{pictures: number[], step: number | null}} members, first to last; the step whose numbers sort them
 */
export function orderOf(moment, show, order) {
  const count = moment.frame.tensors[show.tensor]?.shape[0] ?? 0;
  const pictures = Array.from({ length: count }, (_, picture) => picture);
  const said = show.orders?.find(({ id }) => id === order);
  if (!said) return { pictures: isPaired(show, count) ? inPairs(count) : pictures, step: null };
  const frame = lastFrame(moment, show);
  const [by, split] = [numbersOf({ frame }, said.by), numbersOf({ frame }, said.split)];
  /** The surest of one group come first, those of the other last, and the doubtful meet in the middle. @param {number} i */
  const key = (i) => (split ? (split[i] ? 1 : -1) * (1 + (by?.[i] ?? NaN)) : -(by?.[i] ?? NaN));
  const keys = pictures.map(key).map((value) => (Number.isNaN(value) ? Infinity : value));
  return { pictures: pictures.sort((a, b) => keys[a] - keys[b] || a - b), step: frame.step };
}

/** Members i and i + n/2 begin together: side by side one sees how they part. @param {ImagesShow} show @param {number} count */
export const isPaired = ({ pairs }, count) => Boolean(pairs) && count > 0 && count % 2 === 0;

/** @param {number} count @returns {number[]} 0, n/2, 1, n/2 + 1, … */
const inPairs = (count) => Array.from({ length: count }, (_, place) => (place >> 1) + (place % 2 ? count / 2 : 0));

/** @param {ImagesShow} show @param {string} stage @returns {number} of the parts of a film that have nothing to do with each other, the one it is in */
export const partOf = ({ anew }, stage) => anew?.indexOf(stage) ?? -1;

/** @param {PanelMoment} moment @param {ImagesShow} show @returns {FrameData} the newest of the same part whose bytes are here */
export function lastFrame({ timeline, frame, index }, show) {
  const part = partOf(show, frame.phase);
  for (let i = timeline.entries.length - 1; i > index; i--) {
    const last = partOf(show, timeline.entries[i].phase) === part ? timeline.frameAt(i) : null;
    if (last) return last;
  }
  return frame;
}
