/**
 * One measure of several runs over gradient steps: a line per run in the colour of its method, named at its end.
 * @module
 */

import { button, count, decimal, make } from "../../ui/dom.js";
import { createStepChart } from "../../marks/step-chart.js";
import { niceCeiling } from "../../marks/step-plot.js";

/** @typedef {import("../../types").Measured} Measured */
/** @typedef {import("../../marks/step-plot.js").Dash} Dash */
/** @typedef {import("../../problems.js").ProblemKind} ProblemKind */
/**
 * @typedef {object} Film one of the runs
 * @property {string} letter that stands for it in labels and tables
 * @property {string} label what tells it apart in a word or two, perhaps ""
 * @property {string} colour
 * @property {Dash} dash
 * @property {readonly Measured[]} numbers of all its frames
 * @property {ProblemKind} kind of its problem
 */
/** @typedef {import("../../marks/step-plot.js").StepMoment & { films: Film[], frame: { step: number } }} JointMoment */
/** @typedef {{ metric: string, pointed: string | null }} CurveOptions pointed: the letter of the run whose line stands out */
/** @typedef {import("../../types").ViewContext & { options: CurveOptions, onOptions: (changes: { metric: string }) => void }} CurveContext */
/**
 * @typedef {object} Metric
 * @property {string} id among the metrics of a frame
 * @property {string} name on its button
 * @property {string} title on its axis
 * @property {number} [passes] the value whose crossing is told
 * @property {boolean} [falling] it is passed downwards
 * @property {string} [told] what has happened then
 * @property {ProblemKind[]} [of] the kinds of problems that have it; all where it does not say
 */

export const title = "Curves";

/** @type {Metric[]} */
export const METRICS = [
  { id: "test_accuracy", name: "Accuracy", title: "test accuracy", passes: 0.95, told: "Accuracy past 95 %" },
  { id: "probe_accuracy_hard", name: "Probe", title: "probe on the hard part", passes: 0.9, told: "Features tell the hard part (probe past 90 %)", of: ["dictionary"] },
  { id: "cluster_share", name: "Clusters", title: "share of neurons near a centre", passes: 0.5, told: "Half of the neurons near a centre", of: ["two_classes"] },
  { id: "data_accuracy", name: "Data", title: "agreement with the teacher, data part", passes: 0.9, told: "Data part past 90 %", of: ["mixture"] },
  { id: "injected_accuracy", name: "Injected", title: "agreement with the teacher, injected part", of: ["mixture"] },
  { id: "mixture_accuracy", name: "Mixture", title: "agreement with the teacher, mixture", of: ["mixture"] },
  { id: "loss", name: "Loss", title: "loss" },
  { id: "signal_cosine_mean", name: "|cos|", title: "mean |cos| with the signal", passes: 0.5, told: "Neurons half-way to the signal (mean |cos| past 0.5)", of: ["dictionary", "two_classes"] },
  { id: "initial_cosine_mean", name: "Start", title: "mean cosine with the start", passes: 0.5, falling: true, told: "Neurons have left their first directions (mean cos below 0.5)", of: ["dictionary"] },
];

/** @param {Film[]} films @returns {Metric[]} that some of them have */
const offered = (films) => METRICS.filter(({ of: kinds }) => !kinds || films.some(({ kind }) => kinds.includes(kind)));

/** @param {HTMLElement} element @param {CurveContext} context */
export function createView(element, context) {
  const { options } = context;
  /** @param {Film[]} films */
  const metric = (films) => offered(films).find(({ id }) => id === options.metric) ?? METRICS[0];
  const buttons = METRICS.map(({ id, name, title: words }) =>
    button(name, () => context.onOptions({ metric: id }), { class: "button quiet", title: words, "data-metric": id }));
  context.controls.replaceChildren(make("div", { class: "segments", role: "group", "aria-label": "Measure" }, ...buttons));
  const chart = createStepChart(element, context, (/** @type {JointMoment} */ moment) => compose(moment, metric(moment.films)));
  let shown = "";
  let pointed = /** @type {string | null} */ (null);

  /** Pales all other lines. Plotly has one group of paths per trace, the first of which only holds the axis. @param {JointMoment} moment */
  const point = ({ films }) => {
    if (pointed === null && options.pointed === null) return;
    pointed = options.pointed;
    const none = !films.some(({ letter }) => letter === pointed);
    const groups = /** @type {NodeListOf<SVGElement>} */ (element.querySelectorAll(".scatterlayer .trace"));
    films.forEach(({ letter }, i) => {
      const group = groups[i + 1];
      if (group) group.style.opacity = none || letter === pointed ? "" : "0.15";
    });
  };

  return {
    /** @param {JointMoment} moment */
    render(moment) {
      const { id } = metric(moment.films);
      const ids = offered(moment.films).map((one) => one.id);
      for (const press of buttons) press.hidden = !ids.includes(press.dataset.metric ?? "");
      if (shown !== id) {
        for (const press of buttons) press.setAttribute("aria-pressed", String(press.dataset.metric === id));
        shown = id;
        chart.render(moment);
        chart.redraw();
      } else chart.render(moment);
      point(moment);
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    caption: (/** @type {JointMoment} */ moment) => caption(moment, metric(moment.films)),
    table: (/** @type {JointMoment} */ moment) => table(moment, metric(moment.films)),
  };
}

/** @param {JointMoment} moment @param {Metric} metric @returns {import("../../marks/step-plot.js").Picture} */
function compose({ films }, { id, title: name }) {
  const values = films.flatMap(({ numbers }) => numbers.map((entry) => entry.metrics[id]).filter(Number.isFinite));
  const panel = { share: 1, title: values.length ? name : `${name}: not measured in these runs`, ...axis(id, /** @type {number[]} */ (values)) };
  return {
    panels: [panel],
    labelsAtEdge: true,
    lines: films.map(({ letter, label, colour, dash, numbers }) => ({
      key: letter, panel: 0, label: label ? `${letter} ${label}` : letter, colour, dash, width: 1.75, entries: numbers,
      value: (entry) => entry.metrics[id],
    })),
  };
}

/** @param {string} metric @param {number[]} values @returns {{range: [number, number], ticks: number[]}} */
function axis(metric, values) {
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  if (metric === "loss") {
    const highest = values.reduce((high, value) => Math.max(high, value), 1);
    const top = highest <= 1.2 ? 1.2 : niceCeiling(highest);
    return { range: [0, top], ticks: [0, top > 1.2 ? top / 2 : 0.5, top > 1.2 ? top : 1] };
  }
  // Two classes in equal numbers: below a coin flip there is nothing to see, unless something is there.
  if (metric.includes("accuracy") && least > 0.42) return { range: [0.4, 1.01], ticks: [0.5, 0.75, 1] };
  return least < -0.05 ? { range: [-1.02, 1.02], ticks: [-1, 0, 1] } : { range: [0, 1.02], ticks: [0, 0.5, 1] };
}

/** @param {JointMoment} moment @param {Metric} metric @returns {string} */
function caption({ films, frame: { step } }, metric) {
  const measured = films.filter(({ numbers }) => numbers.some((entry) => entry.metrics[metric.id] !== undefined));
  if (measured.length === 0) return films.length ? "These runs have not measured it." : "";
  if (metric.passes === undefined) return extremes(measured, step, metric);
  const found = measured.map((film) => ({ film, at: crossing(film.numbers, step, metric) }));
  const yes = found.filter((one) => one.at !== null).sort((a, b) => Number(a.at) - Number(b.at));
  const no = found.filter((one) => one.at === null).map(({ film }) => film.letter);
  if (yes.length === 0) return `${metric.told}: none so far.`;
  const told = yes.map(({ film, at }) => `${film.letter} from step ${count(Number(at))}${since(film, step, metric)}`).join(", ");
  return `${metric.told}: ${told}${no.length ? `; not ${no.join(", ")}` : ""}.`;
}

/** @param {readonly Measured[]} numbers @param {number} step @param {Metric} metric @returns {number | null} */
function crossing(numbers, step, { id, passes = 0, falling }) {
  const found = numbers.find((entry) => {
    const value = entry.metrics[id];
    return value !== undefined && value !== null && (falling ? value < passes : value >= passes);
  });
  return found && found.step <= step ? found.step : null;
}

/**
 * What was passed may be lost again.
 * @param {Film} film that has passed it @param {number} step @param {Metric} metric @returns {string} "" where it still holds
 */
function since({ numbers }, step, { id, passes = 0, falling }) {
  const last = numbers.findLast((entry) => entry.step <= step && entry.metrics[id] !== undefined);
  const value = last?.metrics[id] ?? null;
  if (value !== null && (falling ? value < passes : value >= passes)) return "";
  return ` (${value === null ? "not a number" : decimal(value, 2)} at step ${count(last?.step ?? step)})`;
}

/** @param {Film[]} films @param {number} step @param {Metric} metric */
function extremes(films, step, { id, title: name }) {
  const seen = films.flatMap(({ letter, numbers }) => {
    const last = numbers.findLast((entry) => entry.step <= step && entry.metrics[id] !== undefined);
    const when = last === numbers.findLast((entry) => entry.step <= step) ? "" : ` at step ${count(last?.step ?? 0)}`;
    return last ? [{ letter, value: last.metrics[id], when }] : [];
  });
  if (seen.length === 0) return `The ${name} was not measured until step ${count(step)}.`;
  const now = seen.flatMap(({ letter, value, when }) => (typeof value === "number" ? [{ letter, value, when }] : [])).sort((a, b) => a.value - b.value);
  const [first, last] = [now[0], now.at(-1)];
  if (!first || !last) return `The ${name} is not a number in any of these runs.`;
  if (first === last) return `The ${name} is ${decimal(first.value, 2)} in ${first.letter}${first.when}.`;
  return `The ${name} is smallest in ${first.letter} (${decimal(first.value, 2)}${first.when}) and largest in ${last.letter} (${decimal(last.value, 2)}${last.when}).`;
}

/** @param {JointMoment} moment @param {Metric} metric @returns {import("../../types").TableData} */
function table({ films, timeline }, { id }) {
  const bySteps = films.map(({ numbers }) => new Map(numbers.map((entry) => [entry.step, entry.metrics[id] ?? null])));
  return {
    columns: ["step", ...films.map(({ letter, label }) => `${letter} ${label}`)],
    rows: timeline.entries.map(({ step }) => [step, ...bySteps.map((values) => (values.has(step) ? values.get(step) ?? null : "–"))]),
  };
}
