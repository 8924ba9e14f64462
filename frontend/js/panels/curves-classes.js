/**
 * Curves of two classes of images: accuracy beside what shows features, the clusters of the neurons and their cosines. Used by
 * curves.js only.
 * @typedef {import("../types").Moment} Moment
 */

import { decimal } from "../ui/dom.js";
import { sentenceCase, signalWords } from "../problems.js";
import { STRONG, lineMaker, percent, rightOf } from "./curve-parts.js";

const HIGH = 0.95; // of an accuracy
const FEW = 0.1; // of the neurons

/** @param {Moment} moment @returns {boolean} */
const isControl = ({ run }) => /** @type {any} */ (run.config.problem).random_labels === true;

/** @type {import("./curve-parts.js").Curves["lines"]} */
function lines(moment, colours) {
  const line = lineMaker(moment);
  return [
    line("test_accuracy", "test accuracy", colours.ink, STRONG),
    ...(isControl(moment) ? [line("train_accuracy", "on coin flips", colours.inkMuted)] : []),
    line("cluster_share", "near a centre", colours.series[0], STRONG),
    line("silhouette", "silhouette", colours.series[3]),
    line("axis_cosine_mean", "|cos|, main axis", colours.series[1]),
    line("signal_cosine_mean", `|cos|, ${signalWords(moment.run).short}`, colours.positive),
  ];
}

/** @param {Moment} moment */
function caption(moment) {
  const { metrics } = moment.frame;
  const { test_accuracy: accuracy, cluster_share: share, silhouette = null, train_accuracy: told } = metrics;
  const right = sentenceCase(rightOf(moment, "test_accuracy", "new images"));
  if (share === undefined) return `${right}; clusters not measured at this step.`;
  if (share === null) return `${right}; the neurons have no two clusters.`;
  const near = `${percent(share)} of the neurons lie within cos 0.9 of one of two centres${silhouette === null ? "" : ` (silhouette ${decimal(silhouette, 2)})`}`;
  if (isControl(moment)) return `Labels are coin flips: ${near}${typeof told === "number" ? `, and ${percent(told)} of the flips are told` : ""}.`;
  if ((accuracy ?? 0) >= HIGH && share < FEW) return `Accuracy without clusters: ${percent(accuracy)} of new images right, but only ${near}.`;
  return `${right}; ${near}.`;
}

export const ofClasses = { accuracy: "accuracy, share, cosine", loss: "hinge loss", lines, caption };
