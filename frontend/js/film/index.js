/**
 * Reads the index of a run: what is needed of all its frames and of none by itself (docs/display.md). Used by source.js.
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 */

import { FrameError, readTensors } from "../net/frame.js";

const FORMAT = "emergescope.index";

/**
 * @param {ArrayBuffer} buffer
 * @returns {TimelineEntry[]} a row for each frame that there ever was after the one that was asked for
 * @throws {FrameError}
 */
export function readIndex(buffer) {
  const { metadata, tensors } = readTensors(buffer, FORMAT);
  const { seq, step, stage, there } = tensors;
  if (!seq || !step || !stage || !there) throw new FrameError("the index lacks its columns");
  /** @type {string[]} */
  const stages = JSON.parse(metadata.stages ?? "[]");
  const named = (/** @type {string} */ prefix) => Object.keys(tensors).filter((name) => name.startsWith(prefix))
    .map((name) => ({ name: name.slice(prefix.length), data: tensors[name].data, width: tensors[name].shape[1] ?? 1 }));
  const [metrics, densities, means] = [named("metrics."), named("density."), named("mean.")];
  return Array.from(seq.data, (number, i) => ({
    seq: number, step: step.data[i], phase: stages[stage.data[i]] ?? "", there: there.data[i] === 1,
    metrics: Object.fromEntries(metrics.flatMap(({ name, data }) => measured(name, data[i]))),
    density: Object.fromEntries(densities.map(({ name, data, width }) => [name, data.subarray(i * width, (i + 1) * width)])),
    means: Object.fromEntries(means.flatMap(({ name, data }) => measured(name, data[i]))),
  }));
}

/** What was not measured is NaN, and what is no number is infinite. @param {string} name @param {number} value @returns {[string, number | null][]} */
function measured(name, value) {
  if (Number.isNaN(value)) return [];
  return [[name, Number.isFinite(value) ? value : null]];
}

/**
 * A row as the stream sends it, when its frame has been kept.
 * @param {{ seq: number, step: number, stage: string, metrics: import("../types").Metrics, density: Record<string, number[]>, means?: import("../types").Metrics }} row
 * @returns {TimelineEntry}
 */
export const readRow = ({ seq, step, stage, metrics, density, means = {} }) => ({ seq, step, phase: stage, there: true, metrics, density, means });
