/**
 * Curves of problems made of patterns: accuracies of the network, of a probe on its features, mean |cos| with ±s. Used by
 * curves.js only.
 * @typedef {import("../types").Moment} Moment
 */

import { count } from "../ui/dom.js";
import { methodColour, methodOf } from "../methods.js";
import { sentenceCase } from "../problems.js";
import { STRONG, lastOf, lineMaker, numbersOf, percent, rightOf } from "./curve-parts.js";

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

/** A coin's share of right guesses on a few thousand inputs, with room for chance. */
const COIN = [0.38, 0.62];
/** From here on something is learned, and below that it is lost again: between them a share may waver. */
const [KNOWN, LOST] = [0.9, 0.8];

/** @param {Moment} moment */
function caption(moment) {
  const { run, frame: { metrics } } = moment;
  const part = hardPart(run);
  if (methodOf(run.config) !== "network" && typeof metrics.ridge_accuracy === "number") {
    const both = (/** @type {string} */ metric, /** @type {string} */ name) => {
      const hard = metrics[`${metric}_hard`];
      return `${percent(metrics[metric])}${typeof hard === "number" ? ` (${name}${percent(hard)})` : ""}`;
    };
    const now = typeof metrics.test_accuracy === "number" ? `, training so far ${both("test_accuracy", "")}` : "";
    return `Fixed features: ridge regression gets ${both("ridge_accuracy", `${part} `)} right${now}.`;
  }
  const network = metrics.test_accuracy_hard ?? 0;
  const used = passed(moment, "test_accuracy_hard");
  if (network < LOST && used !== null && typeof metrics.test_accuracy_hard === "number") {
    return `The network told the ${part} at step ${count(used)} and has lost it again: ${percent(network)} of it right here.`;
  }
  const right = rightOf(moment, "test_accuracy", "new inputs");
  const probe = lastOf(moment, "probe_accuracy_hard");
  const carried = passed(moment, "probe_accuracy_hard");
  if (network >= LOST && used !== null) {
    const read = carried !== null && (probe?.value ?? 0) >= LOST;
    return read ? `The features carry the ${part} from step ${count(carried)}, the network uses them from step ${count(used)}: ${right}.`
      : `The network tells the ${part} from step ${count(used)}: ${right}.`;
  }
  if (!probe) return `${sentenceCase(right)}; no probe of the features was taken so far.`;
  if (probe.value === null) return `A probe of the ${part} has no value${probe.when}: ${right}.`;
  if (carried !== null && probe.value >= LOST) {
    const itself = rightOf(moment, "test_accuracy_hard", "it");
    return `From step ${count(carried)} a probe reads the ${part} off the features; of the network itself, ${itself}.`;
  }
  return ofProbe(part, probe.value, probe.when, carried);
}

/**
 * @param {string} part @param {number} probe @param {string} when it was measured @param {number | null} carried from which step on it was above
 * @returns {string}
 */
function ofProbe(part, probe, when, carried) {
  const share = percent(probe);
  const [are, tell, begin, gets] = when ? ["were", "told", "began", "got"] : ["are", "tell", "begin", "gets"];
  if (carried !== null) return `A probe read the ${part} off the features at step ${count(carried)}, but ${gets} only ${share} of it right${when || " here"}.`;
  if (probe < COIN[0]) {
    return `On the ${part} the features ${tell} the opposite${when}: a probe ${gets} ${share} right, so its reverse ${gets} ${percent(1 - probe)}.`;
  }
  if (probe < COIN[1]) return `On the ${part} the features ${are} no better than a coin${when || " so far"} (probe ${share}).`;
  return `The features ${begin} to tell: a probe ${gets} ${share} of the ${part} right${when}.`;
}

/** @param {Moment} moment @param {string} metric @returns {number | null} the first step, until the one shown, where it is as good as certain */
function passed(moment, metric) {
  return numbersOf(moment).find(({ step, metrics }) => step <= moment.frame.step && (metrics[metric] ?? 0) >= KNOWN)?.step ?? null;
}

export const ofPatterns = { accuracy: "accuracy, cosine", loss: "hinge loss", lines, caption };
