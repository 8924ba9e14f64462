/**
 * What the neurons of a run are compared with, as pictures: its signal s and the patterns, or directions of the data, in
 * the frames' alignment. Pure functions of what the server sends; used by film/source.js and the views of pictures.
 * @typedef {import("./types").Run} Run
 * @typedef {import("./types").References} References
 */

import { FrameError, readTensors } from "./net/frame.js";
import { signalWords } from "./problems.js";

const FORMAT = "emergescope.patterns";
const MOST = 20; // patterns that are shown; the relevant ones are the first

/**
 * @param {ArrayBuffer} buffer safetensors with `dictionary` F32 [d, D], whose columns are the patterns
 * @param {Run} run with patterns and pictures
 * @returns {References} none where a neuron does not see a whole input (filters of a convolution)
 * @throws {FrameError}
 */
export function readReferences(buffer, run) {
  const { patterns, pictures } = run;
  const { dictionary } = readTensors(buffer, FORMAT).tensors;
  if (!dictionary || !patterns || !pictures) throw new FrameError("the patterns have no dictionary");
  const [d = 0, D = 0] = dictionary.shape;
  const { shape } = pictures;
  if (shape.reduce((product, size) => product * size, 1) !== d) return { shape, items: [] };

  /** @param {number[]} chosen patterns @returns {Float32Array} their sum */
  const sum = (chosen) =>
    Float32Array.from({ length: d }, (_, i) => chosen.reduce((total, j) => total + dictionary.data[i * D + j], 0));
  /** @type {References["items"]} */
  const items = patterns.shown.slice(0, MOST).map((j, column) => ({
    name: patternName(run, column), column, relevant: column < patterns.relevant.length, values: sum([j]),
  }));
  if (patterns.relevant.length > 1) {
    items.unshift({ name: `${signalWords(run).name}, sum of the relevant patterns`, column: null, relevant: true, values: sum(patterns.relevant) });
  }
  return { shape, items };
}

/** @param {Run} run @param {number} column of the frames' alignment @returns {string} */
export const patternName = ({ patterns }, column) => patterns?.names?.[column] ?? `pattern ${patterns?.shown[column]}`;
