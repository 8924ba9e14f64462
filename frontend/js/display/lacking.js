/**
 * What the tensors of a frame are called, where a frame lacks one: what could not be measured is left out of it. Pure; used by
 * panels and views.
 * @typedef {import("../types").FrameData} FrameData
 */

/** @type {Record<string, string>} */
const NAMES = {
  alignment: "cosines with single patterns", signal_cosine: "cosines of its neurons", relevant_norm: "cosines of its neurons",
  background_norm: "lengths along the background", layout: "map", landmarks: "map", singular_values: "singular values", weights: "pictures of its neurons",
};

/** @param {FrameData} frame @param {readonly string[]} needed names of tensors @returns {string[]} those that it lacks */
export const missingFrom = ({ tensors }, needed) => needed.filter((name) => !tensors[name]);

/** @param {readonly string[]} names of tensors that a frame lacks, at least one @param {number} step of it @returns {string} */
export function lacking(names, step) {
  const words = [...new Set(names.map((name) => NAMES[name] ?? name.replaceAll("_", " ")))];
  return `The frame of step ${step.toLocaleString("en")} has no ${words.join(" and no ")}: that part of it was not measured.`;
}
