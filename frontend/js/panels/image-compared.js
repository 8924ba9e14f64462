/**
 * What pictures are compared with: further pictures of the frame, and columns of the run's patterns. Pure.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").ImagesShow} ImagesShow
 * @typedef {import("../marks/image-atlas.js").Item} Item
 */

import { tokenColour } from "../display/colours.js";
import { memberName, wholeAxis } from "../display/read.js";
import { spoken } from "../display/values.js";
import { bytesOf, picturesOf } from "../marks/image-atlas.js";

/** @param {PanelMoment} moment @param {ImagesShow} show @param {number} member @returns {{ member: number, value: number, tensor: string } | null} of what it is compared with, the one with the largest |value|, and whose numbers say so */
export function closest({ display, frame }, show, member) {
  const axis = show.references?.axis;
  const name = axis && Object.keys(display.tensors).find((one) => {
    const [rows, columns, more] = display.tensors[one].shape;
    return columns === axis && more === undefined && typeof rows === "string" && wholeAxis(display, rows) === wholeAxis(display, show.axis);
  });
  const tensor = name ? frame.tensors[name] : undefined;
  const p = tensor?.shape[1] ?? 0;
  let best = null;
  for (let column = 0; tensor && column < p; column++) {
    const value = tensor.data[member * p + column];
    if (!best || Math.abs(value) > Math.abs(best.value)) best = { member: column, value, tensor: String(name) };
  }
  return best;
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
  if (!references || !axis || !patterns || patterns.rows !== shape.reduce((product, size) => product * size, 1)) return [];
  const { rows, columns: width, data } = patterns;
  const bytes = (/** @type {number[]} */ columns) => bytesOf(Float64Array.from({ length: rows }, (_, row) => columns.reduce((sum, column) => sum + data[row * width + column], 0))).bytes;
  const sums = (references.sums ?? []).map(({ name, columns }, i) => ({ key: `sum:${i}`, name, colour: "", shape, bytes: bytes(columns) }));
  const members = Array.from({ length: axis.shown }, (_, member) => member).filter((member) => (axis.numbers?.[member] ?? member) < width);
  return [...sums, ...members.map((member) => {
    const group = axis.groups.find((one) => one.members.includes(member));
    return { key: `axis:${member}`, name: memberName(axis, member), colour: group ? tokenColour(group.colour, theme) : "", shape, bytes: bytes([axis.numbers?.[member] ?? member]) };
  })];
}
