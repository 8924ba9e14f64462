/**
 * What a frame lacks, in the words that the display has for its tensors: what could not be measured is left out of a frame. Pure.
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").TensorDeclaration} TensorDeclaration
 */

/** @param {FrameData} frame @param {readonly string[]} needed names of tensors @returns {string[]} those that it lacks */
export const missingFrom = ({ tensors }, needed) => needed.filter((name) => !Object.hasOwn(tensors, name));

/**
 * @param {readonly string[]} names of tensors that a frame lacks, at least one @param {number} step of it
 * @param {Record<string, TensorDeclaration>} [declared]
 * @returns {string} "The frame of step 20 has no layout (positions on the map): that part of it was not measured."
 */
export function lacking(names, step, declared = {}) {
  const words = [...new Set(names)].map((name) => {
    const text = declared[name]?.text;
    return name.replaceAll("_", " ") + (text ? ` (${text})` : "");
  });
  return `The frame of step ${step.toLocaleString("en")} has no ${words.join(" and no ")}: that part of it was not measured.`;
}
