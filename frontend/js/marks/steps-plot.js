/**
 * What Plotly draws of a chart over steps: lines, bands, axes. Pure functions. Used by steps.js only.
 * @typedef {import("./steps.js").Pane} Pane
 * @typedef {import("./steps.js").Line} Line
 * @typedef {import("./steps.js").Picture} Picture
 * @typedef {import("./step-scale.js").StepScale} StepScale
 *
 * @typedef {object} Column a line in order of its x, its gaps NaN
 * @property {Line} line
 * @property {ArrayLike<number>} x
 * @property {Float64Array} y
 * @property {ArrayLike<number> | null} low
 * @property {ArrayLike<number> | null} high
 *
 * @typedef {object} YAxis of a pane
 * @property {boolean} log
 * @property {boolean} positive all that it shows is above 0: it may be logarithmic
 * @property {number} bottom
 * @property {number} top both in its units, or their decimal logarithm
 * @property {number[]} ticks
 * @property {(value: number) => number} bend a value → its place between bottom and top; NaN where it has none
 */

import { brief } from "../ui/dom.js";
import { plotlyLayout } from "../ui/theme.js";
import { short, trueMinus } from "../display/numbers.js";
import { inOrder, lastIndex, roundNumbers } from "./step-scale.js";

const PER_PIXEL = 4; // of the points that fall on a pixel: the first, the least, the largest and the last are drawn
const HEADROOM = 0.02; // of the height, beyond both ends: a line there is seen whole

/** @param {Line} line @returns {Column} */
export function columnOf(line) {
  const order = inOrder(line.x);
  const take = (/** @type {ArrayLike<number>} */ values) => (order ? order.map((i) => values[i]) : values);
  const y = Float64Array.from(take(/** @type {ArrayLike<number>} */ (line.y)), (value) => (Number.isFinite(value) ? value : NaN));
  return { line, x: take(line.x), y, low: line.low ? take(line.low) : null, high: line.high ? take(line.high) : null };
}

/** @param {Column} column @param {number} at @returns {{ value: number | null, x: number } | null} as last measured there or before; null: a gap */
export function valueAt({ x, y }, at) {
  const i = lastIndex(x, at);
  return i < 0 ? null : { value: Number.isFinite(y[i]) ? y[i] : null, x: x[i] };
}

/**
 * @param {Pane} pane @param {Iterable<number>} values all that it shows @param {"0" | "1" | null} wish 1: logarithmic where that can be, 0: linear
 * @param {number} parts of its height, for ticks
 * @returns {YAxis}
 */
export function yAxis({ range = [null, null], exact = false, ticks, scale = "linear" }, values, wish, parts) {
  let [least, most, above] = [Infinity, -Infinity, Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
    if (value > 0) above = Math.min(above, value);
  }
  const fixed = range[0] !== null && range[1] !== null;
  const positive = least > 0 && least < Infinity && !fixed;
  const log = above < Infinity && (wish === "1" ? positive || scale === "log" : wish === "0" ? false : scale === "log");
  if (log) return logAxis(range[0] !== null && range[0] > 0 ? range[0] : above, Math.max(above, range[1] ?? most), positive, parts);
  if (least > most) [least, most] = [range[0] ?? 0, range[1] ?? (range[0] ?? 0) + 1];
  let [bottom, top] = [range[0] ?? Math.min(least, range[1] ?? least), range[1] ?? Math.max(most, range[0] ?? most)];
  if (bottom >= top) [bottom, top] = range[0] === null ? [bottom - (Math.abs(bottom) || 1) / 2, top + (Math.abs(top) || 1) / 2] : [bottom, bottom + 1];
  const room = exact ? 0 : HEADROOM * (top - bottom);
  if (bottom !== 0) bottom = bottom > 0 && range[0] === null ? Math.max(0, bottom - room) : bottom - room;
  top += room;
  return { log: false, positive, ticks: [...(ticks ?? (parts < 2 && fixed ? /** @type {readonly number[]} */ (range) : roundNumbers(bottom, top, parts)))], bend: Number, bottom, top };
}

/** @param {number} least @param {number} most @param {boolean} positive @param {number} parts @returns {YAxis} */
function logAxis(least, most, positive, parts) {
  const [bottom, top] = most > least * 1.01 ? [Math.log10(least), Math.log10(most)] : [Math.log10(least) - 0.5, Math.log10(least) + 0.5];
  const within = (/** @type {number[]} */ factors) => Array.from({ length: Math.floor(top) - Math.floor(bottom) + 1 }, (_, i) => factors.map((factor) => Number(`${factor}e${Math.floor(bottom) + i}`))).flat()
    .filter((tick) => Math.log10(tick) >= bottom - 1e-9 && Math.log10(tick) <= top + 1e-9);
  const room = Math.max(2, parts);
  const fine = top - bottom < 2 ? within([1, 2, 5]) : [];
  const found = fine.length > 1 && fine.length <= room ? fine : within([1]).length > 1 ? within([1]) : fine;
  const every = Math.ceil(found.length / room);
  const ticks = found.filter((_, i) => i % every === 0);
  const beyond = HEADROOM * (top - bottom);
  return { log: true, positive, ticks, bottom: bottom - beyond, top: top + beyond, bend: (value) => (value > 0 ? Math.log10(value) : NaN) };
}

/**
 * Which points of a line are drawn: of many that fall on one pixel those that its picture needs.
 * @param {ArrayLike<number>} at places in pixels, rising @param {ArrayLike<number>} y @param {number} width what lies outside is left out, but for a neighbour
 * @returns {number[]} their indices, rising
 */
export function thinned(at, y, width) {
  const from = Math.max(0, lastIndex(at, 0));
  const to = Math.min(at.length - 1, lastIndex(at, width) + 1);
  const all = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  if (all.length <= PER_PIXEL * width) return all;
  /** @type {number[]} */
  const kept = [];
  for (let i = from; i <= to;) {
    const pixel = Math.floor(at[i]);
    const found = new Set([i]);
    let [least, most, gap] = [i, i, -1];
    for (; i <= to && Math.floor(at[i]) === pixel; i++) {
      if (Number.isNaN(y[i])) gap = i;
      if (!(y[i] >= y[least])) least = Number.isNaN(y[i]) ? least : i;
      if (!(y[i] <= y[most])) most = Number.isNaN(y[i]) ? most : i;
    }
    for (const one of [least, most, i - 1, ...(gap < 0 ? [] : [gap])]) found.add(one);
    kept.push(...[...found].sort((a, b) => a - b));
  }
  return kept;
}

/**
 * @param {readonly { column: Column, name: string, colour: string, axis: YAxis }[]} lines
 * @param {number} panes how many @param {StepScale} scale @param {number} width of the axes in pixels
 */
export function traces(lines, panes, scale, width) {
  const parts = lines.map(({ column, name, colour, axis }) => {
    const { line: { pane, width: stroke = 1.25, dash = "solid" }, x, y, low, high } = column;
    const at = Float64Array.from(x, (value) => scale.to(value) * width);
    const kept = thinned(at, y, width);
    const share = (/** @type {number} */ i) => at[i] / width;
    const common = { xaxis: "x", yaxis: axisName(pane), type: "scatter", connectgaps: false, hoverinfo: "skip", uid: name };
    const main = {
      ...common, x: kept.map(share), y: kept.map((i) => axis.bend(y[i])), mode: kept.length < 12 ? "lines+markers" : "lines",
      line: { color: colour, width: stroke, dash, shape: "linear", simplify: true }, marker: { color: colour, size: stroke + 2 },
    };
    if (!low || !high) return { main, band: [] };
    const there = kept.filter((i) => Number.isFinite(axis.bend(low[i])) && Number.isFinite(axis.bend(high[i])));
    const around = [...there, ...there.toReversed()];
    const band = { ...common, uid: `${name}-band`, x: around.map(share), y: around.map((i, place) => axis.bend((place < there.length ? high : low)[i])), mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: colour, opacity: 0.18 };
    return { main, band: there.length > 1 ? [band] : [] };
  });
  // Plotly draws no axis without a trace.
  const empty = Array.from({ length: panes }, (_, i) => ({ x: [0], y: [null], yaxis: axisName(i), type: "scatter", uid: `pane-${i}` }));
  return [...empty, ...parts.flatMap(({ band }) => band), ...parts.map(({ main }) => main)];
}

/**
 * Reference lines across a pane: as traces, for shapes of Plotly fail where the axes of a pane are made anew.
 * @param {NonNullable<Picture["references"]>} references @param {readonly YAxis[]} axes @param {string} colour
 */
export const across = (references, axes, colour) => references.map(({ pane, value }, i) => ({
  x: [0, 1], y: [axes[pane].bend(value), axes[pane].bend(value)], xaxis: "x", yaxis: axisName(pane), type: "scatter", mode: "lines",
  hoverinfo: "skip", uid: `reference-${i}`, line: { color: colour, width: 1, dash: "dot" },
}));

/**
 * @param {Picture} picture @param {readonly YAxis[]} axes
 * @param {{ width: number, height: number, area: import("./steps.js").Box, span: (pane: number) => [number, number], scale: StepScale }} place
 * @param {import("../types").Colours} colours
 */
export function layout({ panes, x }, axes, { width, height, area, span, scale }, { hairline }) {
  const { xaxis, yaxis } = plotlyLayout();
  return plotlyLayout({
    width, height, autosize: false,
    margin: { l: area.left, t: area.top, b: height - area.top - area.height, r: width - area.left - area.width, pad: 0 },
    xaxis: {
      range: [0, 1], tickangle: 0, tickvals: scale.ticks.map(scale.to), ticktext: scale.ticks.map((tick) => tick.toLocaleString("en")),
      anchor: axisName(panes.length - 1), title: { ...xaxis.title, text: x.title },
    },
    ...Object.fromEntries(axes.map(({ bottom, top, ticks, bend }, i) => [
      i === 0 ? "yaxis" : `yaxis${i + 1}`,
      {
        ...yaxis, domain: span(i).map((share) => 1 - share).toReversed(), range: [bottom, top], tickvals: ticks.map(bend), ticktext: ticks.map(panes[i].format ?? tickText),
        showgrid: true, gridcolor: hairline, showline: false, ticks: "",
      },
    ])),
  });
}

/** @param {number} value @returns {string} "0", "0.5", "−1", "4e12" */
export const tickText = (value) => (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? trueMinus(value.toExponential().replace("+", "")) : short(value, 6));

/** A value beside the end of a line. @param {number} value finite @returns {string} "0.93", "0.0012", "512" */
export const told = (value) => (value !== 0 && Math.abs(value) < 0.01 ? short(value, 2) : brief(value));

/** @param {number} pane */
const axisName = (pane) => (pane === 0 ? "y" : `y${pane + 1}`);
