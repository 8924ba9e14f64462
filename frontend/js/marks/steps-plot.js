/**
 * A chart over steps as it is drawn: where its panes and their axes are, and what Plotly draws of it: lines, bands, axes. Pure, but for the theme.
 * @import { Column, Line, Picture, StepsChart, YAxis } from "../types-marks"
 */

import { brief, count } from "../ui/dom.js";
import { plotlyLayout, theme } from "../ui/theme.js";
import { tokenColour } from "../display/colours.js";
import { short, trueMinus } from "../display/numbers.js";
import { inOrder, lastIndex, roundNumbers, stepScale } from "./step-scale.js";

const LEFT = 40; // px beside the panes, for numbers
const TITLE = 18; // px above each pane, for its title
const AXIS = 36; // px below the last one
const PER_PIXEL = 4; // of the points that fall on a pixel: the first, the least, the largest and the last are drawn
const HEADROOM = 0.02; // of the height, beyond both ends: a line there is seen whole

/** @param {Line} line @returns {Column} */
export function columnOf(line) {
  const order = inOrder(line.x);
  const take = (/** @type {ArrayLike<number>} */ values) => (order ? order.map((i) => values[i]) : values);
  const y = Float64Array.from(take(/** @type {ArrayLike<number>} */ (line.y)), (value) => (Number.isFinite(value) ? value : NaN));
  return { line, x: take(line.x), y, low: line.low && take(line.low), high: line.high && take(line.high) };
}

/** @param {Column} column @param {number} at @returns {{ value: number | null, x: number } | null} as last measured there or before; null: a gap */
export function valueAt({ x, y }, at) {
  const i = lastIndex(x, at);
  return i < 0 ? null : { value: Number.isFinite(y[i]) ? y[i] : null, x: x[i] };
}

/** @param {Picture} picture @param {(key: string) => string | null} option @param {number} width @param {number} height @param {number} right beside it @returns {StepsChart} */
export function chartOf(picture, option, width, height, right) {
  const { panes, lines, x: { first = 0, last, spacing }, references = [], expected = [] } = picture;
  const asked = (option("zoom") ?? "").split("~").map((end) => Math.max(first, Math.min(last, Number(end))));
  const part = /** @type {[number, number]} */ (asked[0] < asked[1] ? asked : [first, Math.max(last, first + 1e-9)]);
  const log = (option("steps") ?? (spacing === "geometric" ? "log" : "")) === "log";
  const scale = stepScale(log ? "geometric" : "linear", last, part);
  const columns = lines.map(columnOf);
  const hidden = new Set((option("hide") ?? "").split(",").filter(Boolean).map(decodeURIComponent));
  const [left, above, below] = [LEFT, TITLE, AXIS].map((px) => px * theme().em);
  const area = { left, top: above, width: Math.max(40, width - left - right), height: Math.max(1, height - above - below) };
  const unit = (area.height - (above + 6) * (panes.length - 1)) / panes.reduce((sum, { share = 1 }) => sum + share, 0);
  let free = above;
  const boxes = panes.map(({ share = 1 }) => {
    const box = { ...area, top: free, height: share * unit };
    free += box.height + above + 6;
    return box;
  });
  const axes = panes.map((pane, i) => {
    const values = columns.filter(({ line }) => line.pane === i && !hidden.has(line.key)).flatMap(({ x, y, low, high }) => {
      const from = Math.max(0, lastIndex(x, part[0]));
      return [y, low ?? [], high ?? []].flatMap((all) => Array.from(all).slice(from, lastIndex(x, part[1]) + 1));
    });
    values.push(...references.flatMap((one) => (one.pane === i ? [one.value] : [])), ...expected.flatMap((one) => (one.pane === i ? [one.low, one.high] : [])));
    return yAxis(pane, values, option("log"), Math.max(1, Math.min(5, Math.floor(boxes[i].height / (32 * theme().em)))));
  });
  return {
    picture, width, height, area, boxes, axes, columns, hidden, part, log, scale,
    places: picture.places ?? [...new Set(columns.flatMap(({ x }) => Array.from(x)))].sort((one, other) => one - other),
    xOf: (x) => area.left + scale.to(x) * area.width,
    yOf(pane, value) {
      const { bend, bottom, top } = axes[pane];
      const bent = bend(value);
      return boxes[pane].top + (1 - (Math.min(top, Math.max(bottom, Number.isNaN(bent) ? bottom : bent)) - bottom) / (top - bottom)) * boxes[pane].height;
    },
  };
}

/**
 * @param {import("../types-marks").Pane} pane @param {Iterable<number>} values all that it shows @param {string | null} wish "1": logarithmic where that can be, "0": linear
 * @param {number} parts of its height, for ticks @returns {YAxis}
 */
export function yAxis({ range = [null, null], exact = false, scale = "linear" }, values, wish, parts) {
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
  return { log: false, positive, ticks: parts < 2 && fixed ? /** @type {[number, number]} */ (range) : roundNumbers(bottom, top, parts), bend: Number, bottom, top };
}

/** @param {number} least @param {number} most @param {boolean} positive @param {number} parts @returns {YAxis} */
function logAxis(least, most, positive, parts) {
  const [bottom, top] = most > least * 1.01 ? [Math.log10(least), Math.log10(most)] : [Math.log10(least) - 0.5, Math.log10(least) + 0.5];
  const powers = Array.from({ length: Math.floor(top) - Math.floor(bottom) + 1 }, (_, i) => Math.floor(bottom) + i);
  const within = (/** @type {number[]} */ factors) => powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((tick) => Math.log10(tick) >= bottom - 1e-9 && Math.log10(tick) <= top + 1e-9);
  const room = Math.max(2, parts);
  const [fine, coarse] = [top - bottom < 2 ? within([1, 2, 5]) : [], within([1])];
  const found = (fine.length > 1 && fine.length <= room) || coarse.length < 2 ? fine : coarse;
  const every = Math.ceil(found.length / room);
  const ticks = found.filter((_, i) => i % every === 0);
  const beyond = HEADROOM * (top - bottom);
  return { log: true, positive, ticks, bottom: bottom - beyond, top: top + beyond, bend: (value) => (value > 0 ? Math.log10(value) : NaN) };
}

/**
 * Which points of a line are drawn: of many that fall on one pixel those that its picture needs. @param {ArrayLike<number>} at places in pixels, rising
 * @param {ArrayLike<number>} y @param {number} width what lies outside is left out, but for a neighbour @returns {number[]} their indices, rising
 */
export function thinned(at, y, width) {
  const from = Math.max(0, lastIndex(at, 0));
  const to = Math.min(at.length - 1, lastIndex(at, width) + 1);
  const all = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  if (all.length <= PER_PIXEL * width) return all;
  /** @type {number[]} */
  const kept = [];
  for (let i = from; i <= to;) {
    const first = i;
    let [least, most, gap] = [i, i, i];
    for (; i <= to && Math.floor(at[i]) === Math.floor(at[first]); i++) {
      if (Number.isNaN(y[i])) gap = i;
      else if (!(y[i] >= y[least])) least = i;
      if (!(y[i] <= y[most])) most = Number.isNaN(y[i]) ? most : i;
    }
    kept.push(...[...new Set([first, least, most, gap, i - 1])].sort((a, b) => a - b));
  }
  return kept;
}

/** @param {number} pane @param {string} uid @param {number[]} x @param {(number | null)[]} y @param {object} [more] */
const trace = (pane, uid, x, y, more) => ({ type: "scatter", mode: "lines", xaxis: "x", yaxis: axisName(pane), connectgaps: false, hoverinfo: "skip", uid, x, y, ...more });

/** Reference lines as traces, too: shapes of Plotly fail where the axes of a pane are made anew. @param {StepsChart} chart */
export function traces({ picture: { references = [] }, columns, hidden, axes, scale, area: { width } }) {
  const parts = columns.flatMap(({ line: { key, colour: token, pane, width: stroke = 1.25, dash = "solid" }, x, y, low, high }, place) => {
    if (hidden.has(key)) return [];
    const colour = tokenColour(token, theme());
    const { bend } = axes[pane];
    const at = Float64Array.from(x, (value) => scale.to(value) * width);
    const kept = thinned(at, y, width);
    const share = (/** @type {number} */ i) => at[i] / width;
    const main = trace(pane, `line-${place}`, kept.map(share), kept.map((i) => bend(y[i])), {
      mode: kept.length < 12 ? "lines+markers" : "lines", line: { color: colour, width: stroke, dash }, marker: { color: colour, size: stroke + 2 },
    });
    const there = low && high ? kept.filter((i) => Number.isFinite(bend(low[i])) && Number.isFinite(bend(high[i]))) : [];
    if (!low || !high || there.length < 2) return [{ main, band: [] }];
    const back = there.toReversed();
    const around = [...there.map((i) => bend(high[i])), ...back.map((i) => bend(low[i]))];
    return [{ main, band: [trace(pane, `line-${place}-band`, [...there, ...back].map(share), around, { line: { width: 0 }, fill: "toself", fillcolor: colour, opacity: 0.18 })] }];
  });
  const ink = theme().colours.line;
  return [
    ...references.map(({ pane, value }, i) => trace(pane, `reference-${i}`, [0, 1], Array(2).fill(axes[pane].bend(value)), { line: { color: ink, width: 1, dash: "dot" } })),
    ...axes.map((_, i) => trace(i, `pane-${i}`, [0], [null])), // Plotly draws no axis without a trace
    ...parts.flatMap(({ band }) => band), ...parts.map(({ main }) => main),
  ];
}

/** @param {StepsChart} chart */
export function layout({ picture: { panes, x }, axes, width, height, area, boxes, scale }) {
  const { xaxis, yaxis } = plotlyLayout();
  const share = (/** @type {number} */ px) => 1 - (px - area.top) / area.height;
  const room = (/** @type {number} */ one, /** @type {number} */ other) => (3.5 * (count(one) + count(other)).length + 6) * theme().em; // for both words
  let { ticks } = scale;
  for (let every = 2; ticks.some((tick, i) => i > 0 && (scale.to(tick) - scale.to(ticks[i - 1])) * area.width < room(ticks[i - 1], tick)); every++) ticks = scale.ticks.filter((_, i) => i % every === 0);
  return plotlyLayout({
    width, height, autosize: false,
    margin: { l: area.left, t: area.top, b: height - area.top - area.height, r: width - area.left - area.width, pad: 0 },
    xaxis: {
      range: [0, 1], tickangle: 0, tickvals: ticks.map(scale.to), ticktext: ticks.map(count),
      anchor: axisName(panes.length - 1), title: { ...xaxis.title, text: x.title },
    },
    ...Object.fromEntries(axes.map(({ bottom, top, ticks: rows, bend }, i) => [axisName(i).replace("y", "yaxis"), {
      ...yaxis, domain: [boxes[i].top + boxes[i].height, boxes[i].top].map(share), range: [bottom, top], tickvals: rows.map(bend), ticktext: rows.map(panes[i].format ?? tickText),
      showgrid: true, gridcolor: yaxis.linecolor, showline: false, ticks: "",
    }])),
  });
}

/** @param {number} value @returns {string} "0", "0.5", "−1", "4e12" */
export const tickText = (value) => (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? trueMinus(value.toExponential().replace("+", "")) : short(value, 6));

/** A value beside the end of a line. @param {number} value finite @returns {string} "0.93", "0.0012", "512" */
export const told = (value) => (value !== 0 && Math.abs(value) < 0.01 ? short(value, 2) : brief(value));

/** @param {number} pane */
const axisName = (pane) => (pane === 0 ? "y" : `y${pane + 1}`);
