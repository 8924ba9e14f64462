/**
 * A sweep: the phase diagram of the chosen measure, its scale, the numbers behind it, and the cells that the reader has marked to be
 * compared; one axis of numbers as curves. Used by experiment.js.
 * @module
 */

import { percent } from "../../display/numbers.js";
import { button, count, make, setText } from "../../ui/dom.js";
import { at } from "../../ui/address.js";
import { createCell, describe } from "./cell.js";
import { cellState } from "./cell-state.js";
import { createCharts } from "./chart.js";
import { RunMetrics } from "./metrics.js";
import { createPhaseDiagram } from "./phase-diagram.js";
import { createSection, segments } from "./section.js";
import { createSeedsWindow } from "./seeds.js";
import { axisValue, comparePath, doneRuns, filmPath, isActive, placeIn, several, told } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").Sweep} Sweep */
/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {import("../../types").MemberRun} MemberRun */

const keyOf = (/** @type {SweepCell} */ { index }) => index.join(".");

/** @param {Experiment} first @param {import("../../ui/view-state.js").ViewState<any>} state @returns {import("./body.js").Part} */
export function sweepBody(first, state) {
  const plan = /** @type {Sweep} */ (first.sweep);
  let experiment = first;
  const metrics = new RunMetrics();
  const chosen = () => plan.measures.find(({ id }) => id === state.value.measure) ?? plan.measures[0];
  const section = createSection(plan.measures.some(({ event }) => event) ? "Where features emerge" : "Cell by cell", () => numbers(experiment, experiment.sweep ?? plan, chosen()), placeIn(state, "cells"));
  /** @param {SweepCell} cell */
  const toggle = (cell) => {
    const [key, marked] = [keyOf(cell), /** @type {string[]} */ (state.value.marked)];
    state.set({ marked: marked.includes(key) ? marked.filter((one) => one !== key) : [...marked, key] });
  };
  const popup = createSeedsWindow(metrics, toggle);
  /** @type {Map<string, ReturnType<typeof createCell>>} */
  const cells = new Map();
  const diagram = createPhaseDiagram(plan, (cell) => {
    const made = createCell(cell, plan.axes, { toggle, show: (current, anchor) => popup.show(experiment, current, chosen(), state.value.marked.includes(keyOf(current)), anchor) });
    cells.set(keyOf(cell), made);
    return made;
  });
  const scale = make("div", { class: "phase-scale" });
  const compare = make("a", { class: "button primary" });
  const marks = make("p", { class: "phase-marks", role: "status" }, compare, button("Unmark all", () => state.set({ marked: [] }), { class: "button quiet" }));
  const measures = segments("Measure", plan.measures.map(({ id, title }) => ({ value: id, text: title })), (id) => state.set({ measure: id }));
  section.tools.append(measures.element);
  section.element.classList.add("exp-sweep");
  const curves = isLine(plan) ? lineSection(plan, first, state) : null;
  section.body.append(diagram, scale, marks, popup.element);

  const draw = () => {
    const sweep = experiment.sweep ?? plan;
    const measure = chosen();
    const runs = runsById(experiment);
    const marked = new Set(state.value.marked);
    const kinds = sweep.cells.map((cell) => {
      cells.get(keyOf(cell))?.update(cell, measure, runs);
      cells.get(keyOf(cell))?.mark(marked.has(keyOf(cell)));
      return cellState(cell, measure, runs).kind;
    });
    const some = sweep.cells.filter((cell) => marked.has(keyOf(cell)));
    const films = some.flatMap((cell) => cellState(cell, measure, runs).film ?? []);
    marks.hidden = some.length === 0;
    compare.hidden = films.length < 2;
    compare.href = at(comparePath(films));
    setText(compare, `Compare these ${several(films.length, "cell")}`);
    measures.mark(measure.id);
    scale.replaceChildren(...legend(measure, new Set(kinds), diagram.querySelector(".is-partial") !== null));
    section.say(sentence(experiment, kinds));
    curves?.update(experiment);
    section.refresh();
  };
  state.addEventListener("change", draw);

  return {
    element: curves ? make("div", { class: "exp-parts" }, curves.element, section.element) : section.element,
    update(next) {
      experiment = next;
      draw();
    },
    destroy() {
      state.removeEventListener("change", draw);
      metrics.stop();
      popup.destroy();
      curves?.destroy();
    },
  };
}

/** @param {Experiment} experiment @returns {Map<string, MemberRun>} */
const runsById = ({ members }) => new Map(members.flatMap(({ run }) => (run ? [[run.id, run]] : [])));

/** @param {Sweep} sweep @returns {boolean} whether it has numbers for its only axis */
const isLine = ({ axes }) => axes.length === 1 && axes[0].values.length > 1 && axes[0].values.every((value) => typeof value === "number");

/**
 * All measures over the only axis, as curves with the spread of the seeds.
 * @param {Sweep} plan @param {Experiment} first @param {import("../../ui/view-state.js").ViewState<any>} state
 */
function lineSection({ axes: [axis], measures }, { display }, state) {
  const place = placeIn(state, "line");
  const section = createSection(`Over ${axis.title}`, null, place);
  const charts = createCharts(section.body, place, section.tools);
  const values = axis.values.map(Number);
  // Values that span several powers of ten lie beside each other by their logarithms.
  const log = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 50;
  const across = (/** @type {number} */ value) => (log ? Math.log10(value) : value);
  const panes = [...new Set(measures.map(({ unit, id }) => (unit === "share" ? unit : id)))];
  const free = ["series-1", "series-2", "series-4", "series-3", "ink", "ink-muted"];
  /** @type {Set<string>} */
  const taken = new Set();
  const looks = measures.map(({ id }) => {
    const { colour = "ink", dash = "solid" } = display.metrics[id] ?? {};
    const mine = [colour, ...free].find((one) => !taken.has(`${one} ${dash}`)) ?? colour;
    taken.add(`${mine} ${dash}`);
    return { colour: mine, dash };
  });

  return {
    element: section.element,
    destroy: charts.destroy,
    /** @param {Experiment} experiment */
    update({ sweep, counts }) {
      const cells = (sweep?.cells ?? []).toSorted((a, b) => values[a.index[0]] - values[b.index[0]]);
      const lines = measures.map(({ id, title, unit }, i) => {
        const found = cells.filter((cell) => typeof cell.values[id]?.mean === "number");
        const column = (/** @type {"mean" | "low" | "high"} */ key) => found.map((cell) => Number(cell.values[id][key]));
        return { key: id, pane: panes.indexOf(unit === "share" ? unit : id), label: display.metrics[id]?.short || title, ...looks[i], width: 2, x: found.map((cell) => across(values[cell.index[0]])), y: column("mean"), low: column("low"), high: column("high") };
      });
      section.say(lines.every(({ x }) => x.length === 0) ? "The curves appear with the first run that is done." : "What the runs have come to at their end. Lines are means over seeds, bands their whole spread.");
      charts.render([{
        title: "",
        picture: {
          panes: panes.map((pane) => {
            const own = measures.filter(({ id, unit }) => pane === (unit === "share" ? unit : id));
            return pane === "share" ? { title: own.length === 1 ? own[0].title : "shares", range: [Math.min(...own.map(({ low }) => low)), 1], format: (value) => percent(value, 0) } : { title: own[0].title, range: [null, null] };
          }),
          lines, x: { title: log ? `log₁₀ of ${axis.title}` : axis.title, word: log ? `log₁₀ ${axis.title}` : axis.title, spacing: "linear", first: across(Math.min(...values)), last: across(Math.max(...values)) },
        },
      }], `${doneRuns(counts)}`);
      section.refresh();
    },
  };
}

/** @param {Experiment} experiment @param {string[]} kinds of its cells */
function sentence(experiment, kinds) {
  const total = kinds.length;
  const never = kinds.filter((kind) => kind === "never").length;
  const known = kinds.filter((kind) => kind === "value").length;
  const press = "A press on a cell opens its film, with Shift it marks the cell to be compared; ⋯ has its seeds and curves.";
  if (never) return `Features never emerged in ${never} of ${total} cells. ${press}`;
  if (isActive(experiment)) return `${known} of ${total} cells have a value so far. ${press}`;
  return press;
}

/**
 * The colour bar with its numbers, and what the cells without a number mean: only what is there to be seen.
 * @param {import("../../types").Measure} measure @param {Set<string>} kinds @param {boolean} partial
 */
function legend({ title, low, high, unit }, kinds, partial) {
  const format = (/** @type {number} */ value) => (unit === "share" ? `${Number((100 * value).toFixed(1))} %` : unit === "count" ? count(Math.round(value)) : String(Number(value.toFixed(2))));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => format(low + share * (high - low)));
  const shown = new Set(ticks).size < ticks.length ? [ticks[0], ticks[4]] : ticks;
  const bar = make("div", { class: "phase-bar", role: "img", "aria-label": `${title}: colours from ${format(low)} (pale) to ${format(high)} (strong)` },
    make("span", { class: "phase-bar-title small muted" }, title), make("span", { class: "phase-bar-colours" }),
    make("span", { class: "phase-bar-ticks small muted" }, ...shown.map((tick) => make("span", {}, tick))));
  const key = (/** @type {string} */ kind, /** @type {string} */ text) =>
    make("span", { class: "phase-key small muted" }, make("span", { class: "phase-cell", "data-kind": kind, "aria-hidden": "true" }), text);
  return [bar,
    ...(kinds.has("value") ? [make("span", { class: "phase-key small muted" }, make("span", { class: "phase-spread-key", "aria-hidden": "true" }), "spread of the seeds")] : []),
    ...(kinds.has("never") ? [key("never", "features never emerged")] : []),
    ...(kinds.has("diverged") ? [key("diverged", "diverged: the network was lost")] : []),
    ...(kinds.has("failed") ? [key("failed", "failed")] : []),
    ...(kinds.has("paused") ? [key("paused", "paused")] : []),
    ...(kinds.has("waiting") || kinds.has("running") ? [key("waiting", "not done yet")] : []),
    ...(partial ? [make("span", { class: "phase-key small muted" }, "† not in every seed")] : [])];
}

/** @param {Experiment} experiment @param {Sweep} sweep @param {import("../../types").Measure} measure @returns {import("./section.js").Numbers} */
function numbers(experiment, { axes, cells, measures }, measure) {
  const runs = runsById(experiment);
  const others = measures.filter(({ id }) => id !== measure.id);
  const seeds = (/** @type {SweepCell} */ cell) => cell.runs.flatMap((id, i) => {
    if (id === null || !runs.has(id)) return [];
    return [make("a", { href: filmPath(id), "aria-label": `film of seed ${experiment.seeds[i] ?? i}` }, String(experiment.seeds[i] ?? i)), " "];
  });
  const compare = (/** @type {(string | null)[]} */ ids) => {
    const films = ids.filter((id) => id !== null && runs.has(id)).map(String);
    return films.length > 1 ? make("a", { href: comparePath(films) }, "compare") : "";
  };
  const spread = (/** @type {SweepCell} */ cell, /** @type {import("../../types").Measure} */ { id, unit }) => {
    const { mean = null, deviation = null } = cell.values[id] ?? {};
    return `${told(mean, { unit }, 2)}${deviation ? ` ± ${told(deviation, { unit }, 2)}` : ""}`;
  };
  return {
    caption: `Means over the finished seeds, ± their deviation; ${measure.title} in full`,
    columns: [...axes.map(({ title }) => title), measure.title, ...others.map(({ title }) => title), "done", "films", "seeds side by side"],
    rows: cells.map((cell) => [
      ...axes.map((axis, i) => axisValue(axis, cell.index[i])),
      describe(cell, measure, cellState(cell, measure, runs)).replace(`${measure.title} `, ""),
      ...others.map((one) => spread(cell, one)),
      `${cell.done} of ${cell.total}`, make("span", {}, ...seeds(cell)), compare(cell.runs),
    ]),
  };
}
