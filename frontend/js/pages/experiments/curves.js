/**
 * The curves of a figure with several methods, or variants: a panel per group, the seeds drawn together. Used by
 * pages/experiment-figure.js.
 * @module
 */

import { ApiError, getRun, getTheory } from "../../net/api.js";
import { createCurvePanels } from "./curve-panels.js";
import { seedCurve } from "./seed-curve.js";
import { methodColour, methodIndex } from "../../methods.js";
import { metricTitle } from "../../metrics.js";
import { theme } from "../../ui/theme.js";
import { linesOf } from "./runs.js";
import { createSection, segments } from "./section.js";
import { measured } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {{ spacing: "linear" | "geometric", lines: { metric: string, value: number, text: string }[] }} Facts what one run tells of its group */

/** What can be drawn, by kind of problem; the first at the start. */
const PLANS = {
  patterns: { title: "Test accuracy over training", metrics: [{ value: "test_accuracy", text: "all inputs" }, { value: "test_accuracy_hard", text: "parity part" }] },
  images: {
    title: "Clusters and accuracy over training",
    metrics: [{ value: "cluster_share", text: "near a centre" }, { value: "silhouette", text: "silhouette" }, { value: "test_accuracy", text: "test accuracy" }, { value: "axis_cosine_mean", text: "main axis" }],
  },
};
const ACCURACIES = { range: /** @type {[number, number]} */ ([0.4, 1]), ticks: [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] };
const SHARES = { range: /** @type {[number, number]} */ ([0, 1]), ticks: [0, 0.25, 0.5, 0.75, 1] };
const NO_FACTS = /** @type {Facts} */ ({ spacing: "linear", lines: [] });

/**
 * @param {Experiment} first @param {import("./metrics.js").RunMetrics} metrics
 * @param {keyof typeof PLANS} kind of problems
 */
export function curvesSection(first, metrics, kind) {
  const plan = PLANS[kind];
  const section = createSection(plan.title, () => numbers());
  const holder = document.createElement("div");
  const chart = createCurvePanels(holder);
  let metric = plan.metrics[0].value;
  let experiment = first;
  /** @type {Map<string, Facts>} */
  const facts = new Map();
  /** @type {Set<string>} */
  const asked = new Set();
  section.body.append(holder);
  section.tools.append(segments(kind === "images" ? "Measure" : "Measured on", plan.metrics, metric, (value) => {
    metric = value;
    update(experiment);
  }));

  /** Lines in the fixed order of methods, by group. */
  const groups = () => {
    /** @type {Map<string, ReturnType<typeof linesOf>>} */
    const found = new Map();
    const rank = (/** @type {string} */ label) => (methodIndex(label) < 0 ? Infinity : methodIndex(label));
    for (const line of linesOf(experiment.members)) found.set(line.group, [...(found.get(line.group) ?? []), line]);
    return [...found].map(([group, lines]) => ({ group, lines: lines.toSorted((a, b) => rank(a.label) - rank(b.label)) }));
  };

  /** @param {string} group @param {import("../../types").Member[]} members asks one run of a group, once */
  const learn = async (group, members) => {
    const run = members.find((member) => member.run && member.run.frames > 0)?.run;
    if (!run || asked.has(group)) return;
    asked.add(group);
    // Without them there are no reference lines, which is no reason to complain.
    const quiet = (/** @type {unknown} */ error) => {
      if (!(error instanceof ApiError)) throw error;
      return null;
    };
    const [whole, said] = await Promise.all([getRun(run.id).catch(quiet), getTheory(run.id).catch(quiet)]);
    const capture = /** @type {{ spacing?: "linear" | "geometric" } | undefined} */ (whole?.config.capture);
    facts.set(group, { spacing: capture?.spacing ?? "linear", lines: said?.lines ?? [] });
    update(experiment);
  };

  /** @param {import("../../types").Member[]} members */
  const curveOf = (members) =>
    seedCurve(members.flatMap(({ run }) => {
      const columns = run && metrics.of(run.id);
      return columns ? [columns] : [];
    }), metric);

  /** @param {Experiment} next */
  const update = (next) => {
    experiment = next;
    const all = groups();
    const { range, ticks } = metric.startsWith("test_accuracy") ? ACCURACIES : SHARES;
    const colours = lineColours([...new Set(all.flatMap(({ lines }) => lines.map(({ label }) => label)))]);
    const panels = all.map(({ group, lines }) => ({
      title: group,
      references: (facts.get(group)?.lines ?? []).filter((line) => line.metric === metric && line.value > range[0] && line.value < range[1]),
      lines: lines.map(({ label, members }) => ({ label, colour: colours.get(label) ?? "", curve: curveOf(members), expected: expectation(label, group) })),
    }));
    for (const { group, lines } of all) learn(group, lines.flatMap(({ members }) => members));
    const last = Math.max(1, ...next.members.map(({ run }) => run?.total_steps ?? 0));
    const { spacing } = [...facts.values()].find((one) => one.spacing === "geometric") ?? NO_FACTS;
    chart.render({ panels, range, ticks, format: (value, digits) => measured(metric, value, digits), spacing, last, name: metricTitle(metric) });
    section.say(sentence(panels));
    section.refresh();
  };

  /** @param {string} label @param {string} group */
  const expectation = (label, group) => {
    const row = experiment.table.find((one) => one.metric === metric && one.member === label && one.group === group);
    if (!row) return null;
    const { low, high, step, paper } = row;
    return { low, high, step, title: `${label}: expected ${measured(metric, low)} to ${measured(metric, high)}${paper ? `; the paper: ${paper}` : ""}` };
  };

  /** @param {{ title: string, lines: import("./curve-panels.js").Line[] }[]} panels */
  const sentence = (panels) => {
    const said = panels.flatMap(({ title, lines }) => {
      const ends = lines.filter(({ curve }) => curve.steps.length > 0);
      if (ends.length === 0) return [];
      const words = ends.map(({ label, curve }) => `${label} ${measured(metric, curve.mean.at(-1))}`);
      return [`${title ? `${title[0].toUpperCase()}${title.slice(1)}: ` : ""}${words.join(", ")}`];
    });
    if (said.length === 0) return "The curves appear with the first frames of the first run.";
    const holes = metrics.failed.size ? ` The numbers of ${metrics.failed.size} of the runs could not be loaded.` : "";
    return `${said.join(". ")}. Lines are means over seeds, bands their whole spread, bars at the end what is expected.${holes}`;
  };

  const numbers = () => {
    const rows = groups().flatMap(({ group, lines }) => lines.flatMap(({ label, members }) => {
      const { steps, mean, low, high, count } = curveOf(members);
      return steps.map((step, i) => [group, label, step, measured(metric, mean[i], 2), measured(metric, low[i], 2), measured(metric, high[i], 2), count[i]]);
    }));
    return { columns: ["group", kind === "images" ? "variant" : "method", "step", "mean", "least", "largest", "seeds"], rows, caption: `At every frame: ${metricTitle(metric)}` };
  };

  return { element: section.element, update, destroy: () => chart.destroy() };
}

/** @param {string[]} labels of methods, which have their colours, or of variants, which share out the rest @returns {Map<string, string>} */
export function lineColours(labels) {
  const { colours } = theme();
  const free = [...colours.series, colours.ink, colours.inkMuted].filter((colour) => !labels.some((label) => methodIndex(label) >= 0 && methodColour(label, colours) === colour));
  let taken = 0;
  return new Map(labels.map((label) => [label, methodIndex(label) >= 0 ? methodColour(label, colours) : free[Math.min(taken++, free.length - 1)]]));
}
