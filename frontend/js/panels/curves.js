/**
 * Curves: panes of metrics over gradient steps, or over another metric that rises with them; with the lines, expectations and stages that are known.
 * @import { CurvesShow, Metric, PanelMoment, TimelineEntry } from "../types"
 * @import { Line, Picture, XAxis } from "../types-marks"
 */

import { count, make } from "../ui/dom.js";
import { inUnit, short } from "../display/numbers.js";
import { inSteps } from "../marks/step-scale.js";
import { createSteps } from "../marks/steps.js";

const FREE = ["series-1", "series-2", "series-4", "series-3", "positive", "negative", "ink-soft", "ink-muted"]; // where two lines of a pane would look alike

/** What another picture of a film over its steps comes from. @param {PanelMoment} moment */
export const filmStamp = ({ run, timeline: { rows, totalSteps } }) => [run.id, rows.length, rows.at(-1)?.seq, totalSteps].join(" ");

/** @param {PanelMoment} moment @returns {XAxis} */
export function overSteps({ run, timeline: { rows, totalSteps } }) {
  const capture = /** @type {{ spacing?: "linear" | "geometric" } | undefined} */ (run.config.capture);
  return { title: run.display.steps, word: "Step", spacing: capture?.spacing ?? "linear", last: totalSteps || (rows.at(-1)?.step ?? 1) };
}

/** @type {import("../types").CreatePanel<CurvesShow>} */
export const createPanel = (element, { title, show }, context) => {
  const select = make("select", { hidden: "", "aria-label": `Axis across: ${title}`, title: "What lies along the axis across" });
  select.addEventListener("change", () => {
    context.setOption("zoom", null);
    context.setOption("by", select.value || null);
    if (moment) render(moment);
  });
  if (!context.compact) context.controls.append(select);
  /** Steps of the places of the cursor. @type {number[]} */
  let steps = [];
  /** @type {PanelMoment | null} */
  let moment = null;
  const chart = createSteps(element, {
    ...context,
    controls: undefined, // its buttons stand below the axis
    label: title,
    onSeek: (_, place) => context.onSeek(steps[place]),
    onPeek: (_, place = -1) => context.onPeek(steps[place] ?? null),
  });

  /** @param {PanelMoment} now */
  function render(now) {
    moment = now;
    const { run, timeline, frame, theory } = now;
    const by = context.option("by");
    chart.render({
      stamp: [filmStamp(now), by, theory !== null, run.expected.filter(({ value }) => value !== null).length].join(" "),
      at: by === null || !rises(timeline.rows, by) ? frame.step : (frame.metrics[by] ?? null),
      compose() {
        const across = offer(now);
        const seen = across ? inSteps(timeline.rows).filter(({ metrics }) => Number.isFinite(metrics[across])) : inSteps(timeline.entries);
        steps = seen.map(({ step }) => step);
        return { ...picture(now, show, across), places: seen.map(({ step, metrics }) => (across ? Number(metrics[across]) : step)) };
      },
    });
  }

  /** Which columns may lie along the axis across. @param {PanelMoment} now @returns {string | null} the one that does; null: steps */
  function offer({ display: { metrics }, timeline: { rows } }) {
    const names = Object.keys(metrics).filter((name) => metrics[name].unit !== "share" && rises(rows, name));
    const by = context.option("by");
    select.hidden = names.length === 0;
    select.replaceChildren(...["", ...names].map((name) => make("option", { value: name, ...(name === (by ?? "") ? { selected: "" } : {}) }, name ? metrics[name].title : "steps")));
    return by !== null && names.includes(by) ? by : null;
  }

  return { render, resize: chart.redraw, destroy: chart.destroy, caption: (now) => caption(now, show), table };
};

/** @param {readonly TimelineEntry[]} rows @param {string} name of a metric @returns {boolean} whether all of them have it, and it goes with the steps */
function rises(rows, name) {
  let [before, more] = [-Infinity, 0];
  for (const { metrics } of rows) {
    const value = metrics[name];
    if (typeof value !== "number" || value < before) return false;
    if (value > before) more += 1;
    before = value;
  }
  return more > 2 && more > 0.9 * rows.length;
}

/** @param {PanelMoment} moment @param {CurvesShow} show @returns {{ title?: string, share?: number, names: string[] }[]} with the metrics that some frame has */
function panesOf({ timeline: { rows } }, { panes }) {
  return panes.map((pane) => (Array.isArray(pane) ? { metrics: pane } : pane))
    .map(({ metrics: names, ...pane }) => ({ ...pane, names: names.filter((name) => rows.some(({ metrics }) => metrics[name] !== undefined)) }))
    .filter(({ names }) => names.length > 0);
}

/**
 * @param {PanelMoment} moment @param {CurvesShow} show @param {string | null} across the metric that lies along the axis across; null: steps
 * @returns {Picture}
 */
function picture(moment, show, across) {
  const { run, display: { metrics: declared }, timeline, theory } = moment;
  const rows = inSteps(timeline.rows);
  const panes = panesOf(moment, show);
  const measured = across ? rows.filter(({ metrics }) => Number.isFinite(metrics[across])) : rows;
  const xOf = (/** @type {TimelineEntry} */ { step, metrics }) => (across ? Number(metrics[across]) : step);
  const lines = panes.flatMap(({ names }, pane) => {
    const looks = new Set();
    return names.map((name) => {
      const { title, short: word, colour: own, dash, strong } = declared[name];
      const colour = [own, ...FREE].find((one) => !looks.has(`${one} ${dash} ${strong}`)) ?? own;
      looks.add(`${colour} ${dash} ${strong}`);
      const mine = measured.filter(({ metrics }) => metrics[name] !== undefined);
      return /** @type {Line} */ ({
        key: name, pane, label: word || title, colour, dash, width: strong ? 2.25 : names.length === 1 ? 1.75 : 1.25,
        x: mine.map(xOf), y: mine.map(({ metrics }) => metrics[name]),
      });
    });
  });
  const lineOf = (/** @type {string} */ name) => lines.find(({ key }) => key === name);
  const whole = overSteps(moment);
  const references = lines.flatMap(({ key, pane }) => declared[key].references.map((one) => ({ ...one, pane })));
  for (const { metric, value, text } of theory?.lines ?? []) {
    const pane = lineOf(metric)?.pane;
    if (pane !== undefined && !references.some((one) => one.pane === pane && one.value === value && one.text === text)) references.push({ pane, value, text });
  }
  return {
    lines, references,
    x: across ? {
      title: declared[across].title, word: declared[across].title, spacing: "linear",
      first: Math.min(0, ...measured.slice(0, 1).map(xOf)), last: measured.length ? xOf(measured[measured.length - 1]) : 1,
    } : whole,
    panes: panes.map(({ names, title, share }) => {
      const metrics = names.map((name) => declared[name]);
      const log = metrics.every(({ scale }) => scale === "log");
      return { title: title ?? titleOf(metrics), share: share ?? 2 + Math.min(names.length, 6), range: rangeOf(metrics), scale: log ? "log" : "linear" };
    }),
    expected: across ? [] : run.expected.flatMap(({ label, metric, step, low, high, paper, value, ok, applies }) => {
      const line = applies === false ? undefined : lineOf(metric);
      if (!line) return [];
      const text = `expected ${label}: ${short(low)} to ${short(high)}${paper ? ` (paper: ${paper})` : ""}${value === null ? "" : `; found ${short(value)}`}`;
      return [{ pane: line.pane, x: step === "end" ? whole.last : step, low, high, colour: line.colour, missed: ok === false, text }];
    }),
    stages: rows.flatMap((row, i) => {
      const [before, earlier] = [rows[i - 1], rows[i - 2]]; // a stage of one frame is a start rather than a stage
      return !across && earlier && before.phase !== row.phase && earlier.phase === before.phase ? [{ x: before.step, text: row.phase }] : [];
    }),
  };
}

/** @param {Metric[]} metrics of a pane @returns {string} */
function titleOf(metrics) {
  const [{ title, unit }] = metrics;
  const groups = [...new Set(metrics.map(({ group }) => group).filter(Boolean))];
  const name = metrics.length === 1 ? title : groups.join(", ");
  return unit === "nats" && metrics.every((one) => one.unit === unit) ? `${name || title} (nats)` : name;
}

/** @param {{ low: number | null, high: number | null, unit?: string }[]} metrics of a pane @returns {[number | null, number | null]} an end that all of them declare */
export function rangeOf(metrics) {
  if (metrics.every(({ unit }) => unit === "share")) return [0, 1];
  const [lows, highs] = [metrics.flatMap(({ low }) => low ?? []), metrics.flatMap(({ high }) => high ?? [])];
  return [lows.length === metrics.length ? Math.min(...lows) : null, highs.length === metrics.length ? Math.max(...highs) : null];
}

/** @param {PanelMoment} moment @param {CurvesShow} show @returns {string} "Test accuracy 93.2 %, loss 0.037." */
function caption(moment, show) {
  const { display: { metrics }, frame } = moment;
  const names = panesOf(moment, show).flatMap(({ names: some }) => some).filter((name) => frame.metrics[name] !== undefined);
  const lost = names.find((name) => metrics[name].vital && frame.metrics[name] === null);
  const telling = names.filter((name) => metrics[name].emphasis || metrics[name].vital).slice(0, 4);
  const told = lost ? `${metrics[lost].title} is not a number any more` : telling.map((name) => `${metrics[name].title} ${inUnit(frame.metrics[name], metrics[name])}`).join(", ");
  return told && `${told[0].toUpperCase()}${told.slice(1)}${lost ? "" : ` at step ${count(frame.step)}`}.`;
}

/** @param {PanelMoment} moment @returns {import("../types").TableData} */
function table({ display: { metrics }, timeline: { rows } }) {
  const names = [...new Set(rows.flatMap((entry) => Object.keys(entry.metrics)))];
  return {
    columns: ["step", "stage", ...names.map((name) => metrics[name]?.title ?? name)],
    rows: inSteps(rows).map((row) => [row.step, row.phase, ...names.map((name) => (row.metrics[name] === undefined ? "" : row.metrics[name]))]),
  };
}
