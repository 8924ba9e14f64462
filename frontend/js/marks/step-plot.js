/**
 * What Plotly draws of a chart over gradient steps: lines, axes, reference lines. Pure functions. Used by step-chart.js and
 * the views that compose charts for it.
 * @module
 */

import { plotlyLayout } from "../ui/theme.js";

/** @typedef {import("../types").TimelineEntry} TimelineEntry */
/**
 * @typedef {object} Panel one y axis, stacked from the top
 * @property {number} share of the height
 * @property {string} title with its unit
 * @property {[number, number]} range
 * @property {number[]} ticks
 * @property {string[]} [ticktext]
 */
/** @typedef {"solid" | "dot" | "dash" | "dashdot"} Dash */
/**
 * @typedef {object} Line
 * @property {string} key
 * @property {number} panel
 * @property {string} label written at its end; the value at the cursor follows
 * @property {string} colour
 * @property {number} width
 * @property {Dash} [dash]
 * @property {readonly import("../types").Measured[]} [entries] of its own, where it belongs to another run than the moment's, or
 *   the film has lost some of its frames; `value` then knows no more of them
 * @property {(entry: TimelineEntry) => number | null | undefined} value null is a gap, undefined was not measured
 */
/**
 * @typedef {object} Picture what a view wants drawn
 * @property {Panel[]} panels
 * @property {Line[]} lines
 * @property {{ panel: number, y: number, text: string }[]} [references] dashed lines
 * @property {boolean} [labelsAtEdge] of the chart rather than at the ends of lines: for runs that end at different steps
 */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box in pixels of the element */
/**
 * What a chart needs to know of a moment: a lab's Moment has it, and so has the joint moment of several runs.
 * @typedef {object} StepMoment
 * @property {{ id: string, config: import("../types").JsonObject }} run
 * @property {{ entries: readonly { step: number }[], totalSteps: number, frames?: number }} timeline frames: where the entries
 *   do not tell how much has come in
 * @property {number} index of the entry at the cursor
 */

/** @param {Line} line @param {StepMoment} moment @returns {readonly TimelineEntry[]} */
export const entriesOf = (line, { timeline }) => /** @type {readonly TimelineEntry[]} */ (line.entries ?? timeline.entries);

/**
 * @param {Line} line
 * @param {StepMoment} moment
 * @returns {{value: number | null, since: number | null}} the value at the cursor, or the last one measured before it; since: its
 *   step where frames lie between, which have none
 */
export function lastMeasured(line, moment) {
  const entries = entriesOf(line, moment);
  const step = moment.timeline.entries[moment.index].step;
  let i = line.entries ? line.entries.findLastIndex((entry) => entry.step <= step) : moment.index;
  for (; i >= 0; i--) {
    const value = line.value(entries[i]);
    if (value === undefined) continue;
    const before = moment.timeline.entries[Math.max(0, moment.index - 1)].step;
    return { value: Number.isFinite(value) ? value : null, since: entries[i].step < before ? entries[i].step : null };
  }
  return { value: null, since: null };
}

/**
 * @param {Picture} picture
 * @param {StepMoment} moment
 * @param {import("./step-scale.js").StepScale} scale
 */
export function traces({ panels, lines }, moment, scale) {
  return [
    // Plotly draws no axis without a trace.
    ...panels.map((_, i) => ({ x: [0], y: [null], yaxis: axisName(i), type: "scatter" })),
    ...lines.map((line) => {
      const { panel, value, colour, width, dash = "solid" } = line;
      const measured = entriesOf(line, moment).filter((entry) => value(entry) !== undefined);
      return {
        x: measured.map((entry) => scale.to(entry.step)), y: measured.map(value), yaxis: axisName(panel), type: "scatter", mode: measured.length < 12 ? "lines+markers" : "lines", connectgaps: false, hoverinfo: "skip",
        line: { color: colour, width, dash, shape: "linear", simplify: true }, marker: { color: colour, size: width + 2 },
      };
    }),
  ];
}

/**
 * @param {Picture} picture
 * @param {{ width: number, height: number, area: Box, span: (panel: number) => [number, number], scale: import("./step-scale.js").StepScale }} place
 * @param {import("../types").Colours} colours
 */
export function layout({ panels, references = [] }, { width, height, area, span, scale }, { hairline, line }) {
  const axes = panels.map((panel, i) => [
    i === 0 ? "yaxis" : `yaxis${i + 1}`,
    {
      ...plotlyLayout().yaxis, domain: span(i).map((share) => 1 - share).toReversed(), range: panel.range, tickvals: panel.ticks,
      ticktext: panel.ticktext ?? panel.ticks.map((tick) => (Math.abs(tick) < 1e4 ? String(tick) : tick.toExponential().replace("+", ""))), showgrid: true, gridcolor: hairline, showline: false, ticks: "",
    },
  ]);
  return plotlyLayout({
    width, height, autosize: false,
    margin: { l: area.left, t: area.top, b: 36, r: width - area.left - area.width, pad: 0 },
    xaxis: {
      range: [0, 1], tickangle: 0, tickvals: scale.ticks.map(scale.to), ticktext: scale.ticks.map((tick) => tick.toLocaleString("en")),
      anchor: axisName(panels.length - 1), title: { ...plotlyLayout().xaxis.title, text: "gradient steps" },
    },
    ...Object.fromEntries(axes),
    shapes: references.map(({ panel, y }) => ({
      type: "line", xref: "paper", x0: 0, x1: 1, yref: axisName(panel), y0: y, y1: y, line: { color: line, width: 1, dash: "dot" },
    })),
  });
}

/** @param {number} panel */
const axisName = (panel) => (panel === 0 ? "y" : `y${panel + 1}`);

/**
 * @param {number} value above 0
 * @returns {number} a round number at or above it, for the top of an axis
 */
export function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return /** @type {number} */ ([1, 1.5, 2, 3, 4, 5, 7, 10].find((factor) => factor * power >= value)) * power;
}
