/**
 * Curves over gradient steps: what the network knows, and what shows that it has features; the loss below. Which curves, a
 * module for each kind of problem says.
 * @module
 */

import { make } from "../ui/dom.js";
import { problemOf } from "../problems.js";
import { lineMaker, numbersOf } from "./curve-parts.js";
import { ofClasses } from "./curves-classes.js";
import { ofMixture, stagesOf } from "./curves-mixture.js";
import { ofPatterns } from "./curves-patterns.js";
import { createStepChart } from "../marks/step-chart.js";
import { niceCeiling } from "../marks/step-plot.js";

/** @typedef {import("../types").Moment} Moment */
/** @typedef {import("../marks/step-plot.js").Line} Line */

export const title = "What the network knows";
export const terms = ["probe", "parity part", "hard part", "reference lines", "cosine", "centre", "silhouette", "teacher and student", "injected part"];

const LOSS_PANEL = 1;

/** @param {Moment} moment @returns {import("./curve-parts.js").Curves} */
const curvesOf = ({ run }) => ({ dictionary: ofPatterns, two_classes: ofClasses, mixture: ofMixture })[problemOf(run.config)];

/** @type {import("../types").ViewModule["createView"]} */
export function createView(element, context) {
  const { colours } = context.theme;
  const chart = createStepChart(element, context, (moment) => compose(moment, colours), expectations);

  /**
   * Values that the preset should reproduce, as light bars at their step.
   * @type {NonNullable<Parameters<typeof createStepChart<Moment>>[3]>}
   */
  function expectations({ box, scale, layer }, moment) {
    const lines = measures(moment, colours);
    const { left, top, width, height } = box(0);
    /** @type {Map<number, number>} */
    const taken = new Map();
    layer.replaceChildren();
    for (const { label, metric, step, low, high, paper, value, ok } of moment.run.expected ?? []) {
      const line = lines.find((one) => one.key === metric && one.panel === 0);
      if (!line) continue;
      const x = left + scale.to(step === "end" ? scale.last : step) * width;
      const beside = taken.get(x) ?? 0;
      taken.set(x, beside + 1);
      const bar = document.createElement("div");
      bar.className = "step-expected";
      bar.classList.toggle("is-missed", ok === false);
      bar.style.setProperty("--colour", line.colour);
      bar.style.left = `${x + (step === "end" ? -beside : beside) * 7}px`;
      bar.style.top = `${top + (1 - high) * height - 2}px`;
      bar.style.height = `${(high - low) * height + 4}px`;
      const found = value === null ? "" : `; found ${value.toFixed(3)}`;
      bar.title = `expected ${label}: ${low} to ${high}${paper ? ` (paper: ${paper})` : ""}${found}`;
      layer.append(bar);
    }
    if (problemOf(moment.run.config) === "mixture") stages(moment, { left, top, width, height }, scale.to, layer);
  }

  /** @type {Moment["theory"]} */
  let drawnTheory = null;

  return {
    render(moment) {
      chart.render(moment);
      const { theory = null } = moment;
      if (theory === drawnTheory) return;
      drawnTheory = theory;
      chart.redraw();
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    caption,
    table,
  };
}

/**
 * A line where a stage begins.
 * @param {Moment} moment @param {import("../marks/step-plot.js").Box} box @param {(step: number) => number} to @param {HTMLElement} layer
 */
function stages(moment, { left, top, width, height }, to, layer) {
  for (const { step, text } of stagesOf(moment)) {
    const mark = make("div", { class: "step-stage", title: text }, make("span", {}, "student"));
    Object.assign(mark.style, { left: `${left + to(step) * width}px`, top: `${top}px`, height: `${height}px` });
    layer.append(mark);
  }
}

/**
 * @param {Moment} moment
 * @param {import("../types").Colours} colours
 * @returns {Line[]}
 */
const measures = (moment, colours) => [
  ...curvesOf(moment).lines(moment, colours), lineMaker(moment)("loss", "loss", colours.ink, { panel: LOSS_PANEL }),
];

/**
 * @param {Moment} moment
 * @param {import("../types").Colours} colours
 * @returns {import("../marks/step-plot.js").Picture}
 */
function compose(moment, colours) {
  const { accuracy, loss } = curvesOf(moment);
  const highest = numbersOf(moment).reduce((high, { metrics }) => Math.max(high, metrics.loss ?? 0), 1);
  const top = highest <= 1.2 ? 1.2 : niceCeiling(highest);
  const lines = measures(moment, colours);
  const panelOf = (/** @type {string} */ metric) => lines.find(({ key }) => key === metric)?.panel;
  return {
    panels: [
      { share: 0.77, title: accuracy, range: [0, 1.02], ticks: [0, 0.5, 1] },
      { share: 0.23, title: loss, range: [0, top], ticks: [0, top > 1.2 ? top : 1] },
    ],
    lines,
    references: (moment.theory?.lines ?? []).flatMap(({ metric, value, text }) => {
      const panel = panelOf(metric);
      return panel === undefined ? [] : [{ panel, y: value, text }];
    }),
  };
}

/** @param {Moment} moment */
function caption(moment) {
  if (moment.frame.metrics.loss === null) return "The loss is not a number any more: the run has diverged.";
  return curvesOf(moment).caption(moment);
}

/** @param {Moment} moment @returns {import("../types").TableData} */
function table(moment) {
  const entries = numbersOf(moment);
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry.metrics)))];
  return {
    columns: ["step", "phase", ...names],
    rows: entries.map(({ step, phase, metrics }) => [step, phase, ...names.map((name) => metrics[name] ?? null)]),
  };
}
