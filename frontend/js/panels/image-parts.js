/**
 * The order of pictures, which holds while the film plays (one that changes its place cannot be followed); and what they are compared with: further
 * pictures of the frame, and columns of the run's patterns. Pure.
 * @import { ImagesShow, PanelMoment } from "../types"
 * @import { Item } from "../marks/image-atlas.js"
 */

import { tokenColour } from "../display/colours.js";
import { memberName, wholeAxis } from "../display/read.js";
import { numbersOf, spoken } from "../display/values.js";
import { bytesOf, picturesOf } from "../marks/image-atlas.js";

/**
 * @param {PanelMoment} moment @param {ImagesShow} show @param {string} order the id of one; "" for that of the frame
 * @returns {{pictures: number[], step: number | null}} members, first to last; the step whose numbers sort them
 */
export function orderOf(moment, show, order) {
  const count = moment.frame.tensors[show.tensor]?.shape[0] ?? 0;
  const pictures = Array.from({ length: count }, (_, picture) => picture);
  const said = show.orders?.find(({ id }) => id === order);
  if (!said) return { pictures: isPaired(show, count) ? pictures.map((place) => (place >> 1) + (place % 2 ? count / 2 : 0)) : pictures, step: null };
  const frame = lastFrame(moment, show);
  const [by, split] = [numbersOf({ frame }, said.by), numbersOf({ frame }, said.split)];
  /** The surest of one group come first, those of the other last, and the doubtful meet in the middle. @param {number} i */
  const key = (i) => (split ? (split[i] ? 1 : -1) * (1 + (by?.[i] ?? NaN)) : -(by?.[i] ?? NaN));
  const keys = pictures.map(key).map((value) => (Number.isNaN(value) ? Infinity : value));
  return { pictures: pictures.sort((a, b) => keys[a] - keys[b] || a - b), step: frame.step };
}

/** Members i and i + n/2 begin together: side by side one sees how they part. @param {ImagesShow} show @param {number} count */
export const isPaired = ({ pairs }, count) => Boolean(pairs) && count > 0 && count % 2 === 0;

/** @param {ImagesShow} show @param {string} stage @returns {number} of the parts of a film that have nothing to do with each other, the one it is in */
export const partOf = ({ anew }, stage) => anew?.indexOf(stage) ?? -1;

/** @param {PanelMoment} moment @param {ImagesShow} show @returns {import("../types").FrameData} the newest of the same part whose bytes are here */
export function lastFrame({ timeline, frame, index }, show) {
  const part = partOf(show, frame.phase);
  for (let i = timeline.entries.length - 1; i > index; i--) {
    const last = partOf(show, timeline.entries[i].phase) === part ? timeline.frameAt(i) : null;
    if (last) return last;
  }
  return frame;
}

/** @param {PanelMoment} moment @param {ImagesShow} show @param {number} member @returns {{ member: number, value: number, tensor: string } | null} of what it is compared with, the one with the largest |value|, and whose numbers say so */
export function closest({ display, frame }, show, member) {
  const axis = show.references?.axis;
  const name = axis && Object.keys(display.tensors).find((one) => {
    const [rows, columns, more] = display.tensors[one].shape;
    return columns === axis && more === undefined && typeof rows === "string" && wholeAxis(display, rows) === wholeAxis(display, show.axis);
  });
  const { shape: [, p = 0], data } = frame.tensors[name ?? ""] ?? { shape: [], data: [] };
  const values = Array.from({ length: p }, (_, column) => data[member * p + column]);
  const best = values.reduce((most, value, column) => (Math.abs(value) > Math.abs(values[most]) ? column : most), 0);
  return name && p > 0 ? { member: best, value: values[best], tensor: name } : null;
}

/** @param {PanelMoment} moment @param {ImagesShow} show @returns {Item[]} further pictures of the frame */
export function besideOf({ frame, display }, { beside = [] }) {
  return beside.flatMap(({ tensor, names }) => {
    if (!frame.tensors[tensor]) return [];
    const { bytes, shape, count: members } = picturesOf(frame.tensors[tensor], display.tensors[tensor]?.dtype);
    const size = bytes.length / (members || 1);
    return Array.from({ length: members }, (_, i) => ({ key: `${tensor}:${i}`, name: names[i] ?? `${spoken(tensor)} ${i}`, colour: "", shape, bytes: bytes.subarray(i * size, (i + 1) * size) }));
  });
}

/** @param {PanelMoment} moment @param {ImagesShow} show @param {number[]} shape of a picture @param {import("../types").Theme} theme @returns {Item[]} columns of the run's patterns that have the size of a picture */
export function referencesOf({ patterns, display }, { references }, shape, theme) {
  const axis = references && display.axes[references.axis];
  if (!axis || !patterns || patterns.rows !== shape.reduce((product, size) => product * size, 1)) return [];
  const { rows, columns: width, data } = patterns;
  const item = (/** @type {string} */ key, /** @type {string} */ name, /** @type {number[]} */ columns, colour = "") => {
    const sums = Float64Array.from({ length: rows }, (_, row) => columns.reduce((sum, column) => sum + data[row * width + column], 0));
    return { key, name, colour, shape, bytes: bytesOf(sums).bytes };
  };
  const sums = (references.sums ?? []).map(({ name, columns }, i) => item(`sum:${i}`, name, columns));
  return [...sums, ...Array.from({ length: axis.shown }, (_, member) => member).flatMap((member) => {
    const column = axis.numbers?.[member] ?? member;
    const group = axis.groups.find(({ members }) => members.includes(member));
    return column < width ? [item(`axis:${member}`, memberName(axis, member), [column], group && tokenColour(group.colour, theme))] : [];
  })];
}
