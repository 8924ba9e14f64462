/**
 * Curves of a teacher, a mixture and its student: how well each part is learned, and how well the data are learned directly.
 * Used by curves.js only.
 * @typedef {import("../types").Moment} Moment
 */

import { count, decimal } from "../dom.js";
import { partColours } from "../metrics.js";
import { STRONG, lineMaker, percent, valueNow } from "./curve-parts.js";

const MUCH = 0.3; // of the injected inputs with one label: agreement by chance is worth a word

/** @type {import("./curve-parts.js").Curves["lines"]} */
function lines(moment, colours) {
  const line = lineMaker(moment);
  const colour = partColours(colours);
  return [
    line("teacher_accuracy", "teacher", colour.teacher_accuracy),
    line("direct_accuracy", "direct", colour.direct_accuracy),
    line("data_accuracy", "data part", colour.data_accuracy, STRONG),
    line("data_true_accuracy", "data, true labels", colour.data_true_accuracy, { dash: "dash" }),
    line("mixture_accuracy", "mixture", colour.mixture_accuracy),
    line("injected_accuracy", "injected part", colour.injected_accuracy, STRONG),
  ];
}

/** @param {Moment} moment */
function caption(moment) {
  const at = (/** @type {string} */ metric) => valueNow(moment, metric);
  const [data, injected, direct] = [at("data_accuracy"), at("injected_accuracy"), at("direct_accuracy")];
  if (injected === null && data === null) {
    return moment.frame.phase === "student" ? "The student is not a number any more." : `The teacher learns the data: ${percent(at("teacher_accuracy"))} of new images right so far.`;
  }
  const { injected: kind } = /** @type {any} */ (moment.run.config.problem);
  const parts = `The data part is learned to ${percent(data)}, the injected part to ${percent(injected)}; directly ${percent(direct)}.`;
  const mixture = at("mixture_accuracy");
  const above = kind === "natural" && (mixture ?? 0) > (direct ?? 1) ? ` The mixture, at ${percent(mixture)}, is above that, as natural patches allow.` : "";
  const [majority, kappa] = [at("injected_majority") ?? 0, at("injected_kappa")];
  const chance = majority > MUCH ? ` One label takes ${percent(majority)} of injected inputs: much agrees by chance (κ ${decimal(kappa && Math.round(100 * kappa) / 100 + 0, 2)}).` : "";
  return `${parts}${above}${chance}`;
}

/** @param {Moment} moment @returns {{step: number, text: string}[]} where the student begins */
export function stagesOf({ timeline: { entries } }) {
  const last = entries.findLastIndex(({ phase }) => phase !== "student");
  return last < 0 || last === entries.length - 1 ? [] : [{ step: entries[last].step, text: `the student begins, step ${count(entries[last].step)}` }];
}

export const ofMixture = { accuracy: "accuracy", loss: "cross-entropy", lines, caption };
