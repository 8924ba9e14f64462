/**
 * The curves of mixtures: a panel for each member of the figure, a line for each part that is learned. Used by
 * pages/experiment-figure.js.
 * @module
 */

import { createCurvePanels } from "./curve-panels.js";
import { seedCurve } from "./seed-curve.js";
import { metricTitle, partColours } from "../../metrics.js";
import { sentenceCase } from "../../problems.js";
import { theme } from "../../ui/theme.js";
import { linesOf } from "./runs.js";
import { createSection } from "./section.js";
import { measured } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */

const PARTS = ["direct_accuracy", "data_accuracy", "mixture_accuracy", "injected_accuracy"];
/** On the injected inputs agreement by chance may be large: told in the table. */
const BESIDE = ["injected_majority", "injected_kappa"];

/** @param {Experiment} first @param {import("./metrics.js").RunMetrics} metrics */
export function partsSection(first, metrics) {
  const section = createSection("What the student learns of each part", () => numbers());
  const holder = document.createElement("div");
  const chart = createCurvePanels(holder);
  section.body.append(holder);
  let experiment = first;

  const panels = () => linesOf(experiment.members).map(({ label, group, members }) => {
    const columns = members.flatMap(({ run }) => {
      const found = run && metrics.of(run.id);
      return found ? [found] : [];
    });
    return { title: [label, group].filter(Boolean).join(", "), label, group, curveOf: (/** @type {string} */ metric) => seedCurve(columns, metric) };
  });

  /** @param {string} metric @param {string} label @param {string} group */
  const expectation = (metric, label, group) => {
    const row = experiment.table.find((one) => one.metric === metric && one.member === label && one.group === group);
    if (!row) return null;
    const { low, high, step, paper } = row;
    return { low, high, step, title: `${metricTitle(metric)}: expected ${measured(metric, low)} to ${measured(metric, high)}${paper ? `; the paper: ${paper}` : ""}` };
  };

  /** @param {Experiment} next */
  const update = (next) => {
    experiment = next;
    const colours = partColours(theme().colours);
    const drawn = panels().map(({ title, label, group, curveOf }) => ({
      title, references: [],
      lines: PARTS.map((metric) => ({ label: metricTitle(metric), colour: colours[metric], curve: curveOf(metric), expected: expectation(metric, label, group) })),
    }));
    const last = Math.max(1, ...next.members.map(({ run }) => run?.total_steps ?? 0));
    chart.render({ panels: drawn, range: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], format: (value, digits) => measured("accuracy", value, digits), spacing: "linear", last, name: "Accuracy" });
    section.say(sentence(drawn));
    section.refresh();
  };

  /** @param {{ title: string, lines: import("./curve-panels.js").Line[] }[]} drawn */
  const sentence = (drawn) => {
    const said = drawn.flatMap(({ title, lines }) => {
      const ends = lines.filter(({ curve }) => curve.steps.length > 0);
      return ends.length ? [`${sentenceCase(title)}: ${ends.map(({ label, curve }) => `${label} ${measured("accuracy", curve.mean.at(-1))}`).join(", ")}`] : [];
    });
    if (said.length === 0) return "The curves appear with the first frames of the first student.";
    return `${said.join(". ")}. Parts are measured against the teacher’s labels, direct training against the true ones; lines are means over seeds, bands their whole spread.`;
  };

  const numbers = () => ({
    columns: ["member", "part", "step", "mean", "least", "largest", "seeds"],
    rows: panels().flatMap(({ title, curveOf }) => [...PARTS, ...BESIDE].flatMap((metric) => {
      const { steps, mean, low, high, count } = curveOf(metric);
      return steps.map((step, i) => [title, metricTitle(metric), step, measured(metric, mean[i], 2), measured(metric, low[i], 2), measured(metric, high[i], 2), count[i]]);
    })),
    caption: "Accuracy at every frame of the students",
  });

  return { element: section.element, update, destroy: () => chart.destroy() };
}
