/**
 * What the metrics of runs are called, and which of them tell kinds of problems apart. Pure; used by pages and views.
 * @typedef {import("./problems.js").ProblemKind} ProblemKind
 */

/** @type {Record<string, string>} */
const TITLES = {
  loss: "loss",
  train_accuracy: "training accuracy",
  test_accuracy: "test accuracy",
  test_accuracy_hard: "test accuracy, parity part",
  probe_accuracy: "probe",
  probe_accuracy_hard: "probe, parity part",
  signal_cosine_mean: "mean |cos|",
  initial_cosine_mean: "mean cosine with the start",
  principal_cosine_mean: "mean |cos| with the first principal direction",
  axis_cosine_mean: "mean |cos| with the neurons’ main axis",
  cluster_share: "share of neurons near a centre",
  silhouette: "silhouette",
  teacher_accuracy: "teacher",
  direct_accuracy: "learned directly",
  data_accuracy: "data part",
  data_true_accuracy: "data part, true labels",
  injected_accuracy: "injected part",
  mixture_accuracy: "mixture",
  injected_majority: "commonest label’s share",
  injected_kappa: "Cohen’s κ on injected inputs",
};

/** @param {string} metric @returns {string} */
export const metricTitle = (metric) => TITLES[metric] ?? metric.replaceAll("_", " ");

/** @param {readonly string[]} metrics names of what was measured @returns {ProblemKind} of the runs that measure it */
export function kindOfMetrics(metrics) {
  if (metrics.includes("injected_accuracy") || metrics.includes("teacher_accuracy")) return "mixture";
  return metrics.includes("cluster_share") ? "two_classes" : "dictionary";
}

/**
 * The parts of a mixture, wherever they are drawn.
 * @param {import("./types").Colours} colours
 * @returns {Record<string, string>} colours by metric
 */
export const partColours = ({ ink, inkMuted, series }) => ({
  teacher_accuracy: inkMuted, direct_accuracy: ink, data_accuracy: series[0], data_true_accuracy: series[0],
  injected_accuracy: series[1], mixture_accuracy: series[3],
});
