/**
 * What there is to say of the pictures of neurons: a sentence, the tip of one, the table. Used by pictures.js only.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").PictureOptions} PictureOptions
 */

import { count, decimal } from "../ui/dom.js";
import { signalWords } from "../problems.js";
import { patternName } from "../references.js";
import { ALIGNED } from "../statistics.js";
import { isPaired, stageOf } from "./image-order.js";

/**
 * @param {Moment} moment @param {PictureOptions} options @param {number | null} sorted the step whose numbers sort the pictures
 * @returns {string}
 */
export function caption(moment, options, sorted) {
  const { run, frame } = moment;
  const shown = run.pictures?.rows.length ?? 0;
  const total = run.neurons?.total ?? shown;
  const parts = [finding(moment)];
  if (shown < total) parts.push(`Pictures of ${count(shown)} of ${count(total)} neurons.`);
  if (frame.tensors.weights) parts.push(options.scale === "own" ? "Each picture has its own scale." : "One scale for all pictures and steps.");
  if (sorted !== null) parts.push(`Sorted by ${options.order === "cluster" ? "cluster" : "cosine"} at step ${count(sorted)}.`);
  return parts.join(" ");
}

/** @param {Moment} moment @returns {string} */
function finding(moment) {
  const { tensors, metrics } = moment.frame;
  const cosine = tensors.signal_cosine?.data ?? [];
  const n = cosine.length;
  const lost = Array.from(cosine).filter((value) => !Number.isFinite(value)).length;
  if (n > 0 && lost === n) return "The weights are no longer numbers.";
  const stage = stageOf(moment);
  if (stage) {
    const best = Array.from(cosine, (_, row) => bestMatch(moment, row)).flatMap((match) => (match && Number.isFinite(match.cosine) ? [match] : []));
    const mean = best.reduce((sum, match) => sum + Math.abs(match.cosine), 0) / best.length;
    const close = best.length ? `: |cos| ${decimal(mean, 2)} with the closest class mean or direction, on average` : "";
    return `The ${stage}’s first layer${close}.`;
  }
  if (tensors.centre_cosine) {
    const close = tensors.centre_cosine.data.filter((value) => value > ALIGNED).length;
    const silhouette = metrics.silhouette ?? null;
    return `${count(close)} of ${count(n)} neurons within cos ${ALIGNED} of one of two centres${silhouette === null ? "" : `; silhouette ${decimal(silhouette, 2)}`}.`;
  }
  if (n === 0) return "The cosines of these neurons were not measured.";
  const close = Array.from(cosine).filter((value) => Math.abs(value) > ALIGNED).length;
  const motif = (moment.run.patterns?.relevant.length ?? 0) > 1 ? ": the motif, or its negative" : "";
  return `${count(close)} of ${count(n)} neurons have |cos| > ${ALIGNED} with ${signalWords(moment.run).both}${motif}.`;
}

/**
 * @param {Moment} moment @param {number} row of the frame's tensors
 * @returns {{column: number, cosine: number} | null} the column of the alignment with the largest |cos|
 */
export function bestMatch({ frame }, row) {
  const { alignment } = frame.tensors;
  const p = alignment?.shape[1] ?? 0;
  let best = null;
  for (let column = 0; column < p; column++) {
    const cosine = alignment.data[row * p + column];
    if (!best || Math.abs(cosine) > Math.abs(best.cosine)) best = { column, cosine };
  }
  return best;
}

/** @param {Moment} moment @param {number} row @returns {string[]} the first is its name */
export function tipLines(moment, row) {
  const { run, frame } = moment;
  const { signal_cosine: cosine, cluster, centre_cosine: closeness } = frame.tensors;
  const half = (run.pictures?.rows.length ?? 0) / 2;
  const { name } = signalWords(run);
  const lines = [`Neuron ${count(row)}`, `cos ${decimal(cosine?.data[row], 3)} with ${name}`];
  if (cluster && closeness) lines.push(`cos ${decimal(closeness.data[row], 3)} with its centre, ${cluster.data[row] + 1}`);
  const best = bestMatch(moment, row);
  const isSignal = best?.column === 0 && run.patterns?.relevant.length === 1;
  if (best && !isSignal) lines.push(`closest: ${patternName(run, best.column)}, cos ${decimal(best.cosine, 3)}`);
  if (isPaired(moment)) lines.push(`begins as neuron ${count(row < half ? row + half : row - half)} does`);
  return lines;
}

/** @param {Moment} moment @returns {import("../types").TableData} the selected neurons that have a picture, or all of them */
export function table(moment) {
  const { run, frame, selection } = moment;
  const { signal_cosine: cosine, cluster, centre_cosine: closeness } = frame.tensors;
  const rows = run.pictures?.rows ?? [];
  const clustered = cluster && closeness ? ["cluster", "cos with centre"] : [];
  return {
    columns: ["neuron", ...clustered, `cos with ${signalWords(run).name}`, "closest", "cos with it"],
    rows: rows
      .filter((row) => !rows.some((other) => selection.has(other)) || selection.has(row))
      .map((row) => {
        const best = bestMatch(moment, row);
        const centre = cluster && closeness ? [cluster.data[row] + 1, closeness.data[row]] : [];
        return [row, ...centre, cosine?.data[row] ?? null, best ? patternName(run, best.column) : "–", best?.cosine ?? null];
      }),
  };
}
