/**
 * Curves of a teacher, a mixture and its student: how well each part is learned, and how well the data are learned directly.
 * Used by curves.js only.
 * @typedef {import("../types").Moment} Moment
 */

import { count, decimal } from "../ui/dom.js";
import { partColours } from "../metrics.js";
import { STRONG, lastOf, lineMaker, percent } from "./curve-parts.js";

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
  const { frame: { metrics, phase }, run } = moment;
  const { data_accuracy: data, injected_accuracy: injected, direct_accuracy: direct, mixture_accuracy: mixture, teacher_accuracy: teacher } = metrics;
  if (phase !== "student") return teacherWords(teacher);
  if (data === undefined && injected === undefined) {
    return lastOf(moment, "teacher_accuracy")?.value === null ? "The teacher has diverged: there are no labels to agree with." : "The parts were not measured at this step.";
  }
  if (data === null && injected === null) return "The student is not a number any more.";
  const { injected: kind } = /** @type {any} */ (run.config.problem);
  const beside = typeof direct === "number" ? `directly ${percent(direct)}` : "direct training is not a number any more";
  const parts = `The data part is learned to ${percent(data)}, the injected part to ${percent(injected)}; ${beside}.`;
  const above = kind === "natural" && (mixture ?? 0) > (direct ?? 1) ? ` The mixture, at ${percent(mixture)}, is above that, as natural patches allow.` : "";
  const { injected_majority: majority, injected_kappa: kappa } = metrics;
  const chance = (majority ?? 0) > MUCH ? ` One label takes ${percent(majority)} of injected inputs: much agrees by chance (κ ${decimal(kappa && Math.round(100 * kappa) / 100 + 0, 2)}).` : "";
  return `${parts}${above}${chance}`;
}

/** @param {number | null | undefined} accuracy of the teacher @returns {string} */
function teacherWords(accuracy) {
  if (accuracy === undefined) return "The teacher’s accuracy was not measured at this step.";
  return accuracy === null ? "The teacher is not a number any more." : `The teacher learns the data: ${percent(accuracy)} of new images right so far.`;
}

/** @param {Moment} moment @returns {{step: number, text: string}[]} where the student begins */
export function stagesOf({ timeline: { entries } }) {
  const last = entries.findLastIndex(({ phase }) => phase !== "student");
  return last < 0 || last === entries.length - 1 ? [] : [{ step: entries[last].step, text: `the student begins, step ${count(entries[last].step)}` }];
}

export const ofMixture = { accuracy: "accuracy", loss: "cross-entropy", lines, caption };
