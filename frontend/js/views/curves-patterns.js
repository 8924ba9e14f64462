/**
 * Curves of problems made of patterns: accuracies of the network, of a probe on its features, mean |cos| with ±s. Used by
 * curves.js only.
 * @typedef {import("../types").Moment} Moment
 */

import { count } from "../dom.js";
import { methodColour, methodOf } from "../methods.js";
import { STRONG, lineMaker, numbersOf, percent } from "./curve-parts.js";

/** @param {import("../types").Run} run */
function hardPart(run) {
  const problem = /** @type {{ labels?: { rule?: string } } | undefined} */ (run.config.problem);
  return problem?.labels?.rule === "parity" ? "parity part" : "hard part";
}

/** @type {import("./curve-parts.js").Curves["lines"]} */
function lines(moment, colours) {
  const { run, timeline } = moment;
  const line = lineMaker(moment);
  const part = hardPart(run).replace(" part", "");
  const ridge = methodColour(methodOf(run.config), colours);
  return [
    line("test_accuracy", "test accuracy", colours.inkSoft),
    line("test_accuracy_hard", `test, ${part}`, colours.ink, STRONG),
    line("probe_accuracy", "probe", colours.series[0]),
    line("probe_accuracy_hard", `probe, ${part}`, colours.series[0], STRONG),
    line("signal_cosine_mean", "mean |cos|", colours.positive, STRONG),
    ...["ridge_accuracy", "ridge_accuracy_hard"].flatMap((key, i) => {
      const name = i === 0 ? "ridge solution" : `ridge, ${part}`;
      return timeline.entries[0]?.metrics[key] === undefined ? [] : [line(key, name, ridge, { dash: "dash" })];
    }),
  ];
}

/** @param {Moment} moment */
function caption(moment) {
  const { run, timeline, index, frame } = moment;
  const seen = numbersOf(moment).filter(({ step }) => step <= frame.step);
  const now = timeline.entries[index]?.metrics ?? {};
  const part = hardPart(run);
  if (methodOf(run.config) !== "network" && now.ridge_accuracy !== undefined) {
    return `Fixed features: ridge regression gets ${percent(now.ridge_accuracy)} right (${part} ${percent(now.ridge_accuracy_hard)}), ` +
      `training so far ${percent(now.test_accuracy)} (${percent(now.test_accuracy_hard)}).`;
  }
  const passed = (/** @type {string} */ metric) => seen.find((entry) => (entry.metrics[metric] ?? 0) >= 0.9)?.step;
  const probe = seen.findLast((entry) => entry.metrics.probe_accuracy_hard !== undefined)?.metrics.probe_accuracy_hard;
  const [features, network] = [passed("probe_accuracy_hard"), passed("test_accuracy_hard")];
  if (network !== undefined && features !== undefined) {
    return `The features carry the ${part} from step ${count(features)}, the network uses them from step ${count(network)}: ` +
      `${percent(now.test_accuracy)} of new inputs right.`;
  }
  if (features !== undefined) {
    return `From step ${count(features)} a probe reads the ${part} off the features; the network itself is at ` +
      `${percent(now.test_accuracy_hard)} there.`;
  }
  if ((probe ?? 0) < 0.62) return `On the ${part} the features are no better than a coin so far (probe ${percent(probe)}).`;
  return `The features begin to tell: a probe gets ${percent(probe)} of the ${part} right.`;
}

export const ofPatterns = { accuracy: "accuracy, cosine", loss: "hinge loss", lines, caption };
