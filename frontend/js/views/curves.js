/**
 * Curves over gradient steps: accuracies of the network, of a probe on its features, mean |cos| with ±s; the loss below.
 * @module
 */

import { methodColour, methodOf } from "../methods.js";
import { createStepChart } from "./step-chart.js";
import { niceCeiling } from "./step-plot.js";

/** @typedef {import("../types").Moment} Moment */
/** @typedef {import("../types").Measured} Measured */
/** @typedef {import("./step-plot.js").Line} Line */

export const title = "What the network knows";

const LOSS_PANEL = 1;

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
  }

  /** @type {Moment["theory"]} */
  let drawnTheory = null;
  /** @type {Moment["measured"]} */
  let drawnNumbers = null;

  return {
    render(moment) {
      chart.render(moment);
      const { theory = null, measured = null } = moment;
      if (theory === drawnTheory && measured === drawnNumbers) return;
      [drawnTheory, drawnNumbers] = [theory, measured];
      chart.redraw();
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    caption,
    table,
  };
}

/**
 * @param {Moment} moment
 * @param {import("../types").Colours} colours
 * @returns {Line[]}
 */
function measures({ run, timeline, measured }, colours) {
  const entries = measured ? { entries: measured } : {};
  const part = hardPart(run).replace(" part", "");
  const ridge = methodColour(methodOf(run.config), colours);
  /** @type {(key: string, label: string, colour: string, width?: number, panel?: number) => Line} */
  const line = (key, label, colour, width = 1.25, panel = 0) => ({
    key, label, colour, width, panel, ...entries, value: (entry) => entry.metrics[key],
  });
  return [
    line("test_accuracy", "test accuracy", colours.inkSoft),
    line("test_accuracy_hard", `test, ${part}`, colours.ink, 2.25),
    line("probe_accuracy", "probe", colours.series[0]),
    line("probe_accuracy_hard", `probe, ${part}`, colours.series[0], 2.25),
    line("signal_cosine_mean", "mean |cos|", colours.positive, 2.25),
    ...["ridge_accuracy", "ridge_accuracy_hard"].flatMap((key, i) => {
      const name = i === 0 ? "ridge solution" : `ridge, ${part}`;
      return timeline.entries[0]?.metrics[key] === undefined ? [] : [{ ...line(key, name, ridge), dash: /** @type {const} */ ("dash") }];
    }),
    line("loss", "loss", colours.ink, 1.25, LOSS_PANEL),
  ];
}

/**
 * @param {Moment} moment
 * @param {import("../types").Colours} colours
 * @returns {import("./step-plot.js").Picture}
 */
function compose(moment, colours) {
  const losses = numbers(moment).map((entry) => entry.metrics.loss ?? 0);
  const highest = losses.reduce((high, loss) => Math.max(high, loss), 1);
  const top = highest <= 1.2 ? 1.2 : niceCeiling(highest);
  const lines = measures(moment, colours);
  const panelOf = (/** @type {string} */ metric) => lines.find(({ key }) => key === metric)?.panel;
  return {
    panels: [
      { share: 0.77, title: "accuracy, cosine", range: [0, 1.02], ticks: [0, 0.5, 1] },
      { share: 0.23, title: "hinge loss", range: [0, top], ticks: [0, top > 1.2 ? top : 1] },
    ],
    lines,
    references: (moment.theory?.lines ?? []).flatMap(({ metric, value, text }) => {
      const panel = panelOf(metric);
      return panel === undefined ? [] : [{ panel, y: value, text }];
    }),
  };
}

/** @param {import("../types").Run} run */
function hardPart(run) {
  const problem = /** @type {{ labels?: { rule?: string } } | undefined} */ (run.config.problem);
  return problem?.labels?.rule === "parity" ? "parity part" : "hard part";
}

/** @param {number | null | undefined} share */
const percent = (share) => (share === undefined || share === null ? "–" : `${Math.round(100 * share)} %`);

/** @param {Moment} moment @returns {readonly Measured[]} also where the film has lost the frames */
const numbers = ({ measured, timeline }) => measured ?? timeline.entries;

/** @param {Moment} moment */
function caption(moment) {
  const { run, timeline, index, frame } = moment;
  const seen = numbers(moment).filter(({ step }) => step <= frame.step);
  const now = timeline.entries[index]?.metrics ?? {};
  if (now.loss === null) return "The loss is not a number any more: the run has diverged.";
  const part = hardPart(run);
  if (methodOf(run.config) !== "network" && now.ridge_accuracy !== undefined) {
    return `Fixed features: ridge regression gets ${percent(now.ridge_accuracy)} right (${part} ${percent(now.ridge_accuracy_hard)}), ` +
      `training so far ${percent(now.test_accuracy)} (${percent(now.test_accuracy_hard)}).`;
  }
  const passed = (/** @type {string} */ metric) => seen.find((entry) => (entry.metrics[metric] ?? 0) >= 0.9)?.step;
  const probe = seen.findLast((entry) => entry.metrics.probe_accuracy_hard !== undefined)?.metrics.probe_accuracy_hard;
  const [features, network] = [passed("probe_accuracy_hard"), passed("test_accuracy_hard")];
  const say = (/** @type {number} */ step) => step.toLocaleString("en");
  if (network !== undefined && features !== undefined) {
    return `The features carry the ${part} from step ${say(features)}, the network uses them from step ${say(network)}: ` +
      `${percent(now.test_accuracy)} of new inputs right.`;
  }
  if (features !== undefined) {
    return `From step ${say(features)} a probe reads the ${part} off the features; the network itself is at ` +
      `${percent(now.test_accuracy_hard)} there.`;
  }
  if ((probe ?? 0) < 0.62) return `On the ${part} the features are no better than a coin so far (probe ${percent(probe)}).`;
  return `The features begin to tell: a probe gets ${percent(probe)} of the ${part} right.`;
}

/** @param {Moment} moment @returns {import("../types").TableData} */
function table(moment) {
  const entries = numbers(moment);
  const phases = new Map(moment.timeline.entries.map(({ step, phase }) => [step, phase]));
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry.metrics)))];
  return {
    columns: ["step", "phase", ...names],
    rows: entries.map(({ step, metrics }) => [step, phases.get(step) ?? "", ...names.map((name) => metrics[name] ?? null)]),
  };
}
