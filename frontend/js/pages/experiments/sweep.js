/**
 * A sweep: the phase diagram of the chosen measure, its scale, the numbers behind it, and the cells that the reader has marked to be
 * compared; one axis of numbers as curves.
 * @import { Experiment, Measure, Sweep } from "../../types"
 * @typedef {import("../../ui/view-state.js").ViewState<any>} State
 * @import { Part } from "./section.js"
 */

import { percent } from "../../display/numbers.js";
import { button, make, several } from "../../ui/dom.js";
import { become } from "../shared/become.js";
import { createCharts } from "./curves.js";
import { cellState, describe, keyOf, phaseCell, phaseDiagram, walk } from "./phase-diagram.js";
import { createSection } from "./section.js";
import { createSeedsWindow } from "./seeds.js";
import { axisValue, bound, comparePath, doneRuns, filmPath, isActive, placeIn, told } from "./words.js";

const KEYS = { never: "features never emerged", diverged: "diverged: the network was lost", failed: "failed", paused: "paused", waiting: "not done yet" };

/** @param {Experiment} first @param {State} state @param {import("./metrics.js").RunMetrics} metrics @returns {Part} */
export function sweepPart(first, state, metrics) {
  let experiment = first;
  const sweep = () => /** @type {Sweep} */ (experiment.sweep);
  const { measures } = sweep();
  const section = createSection(measures.some(({ event }) => event) ? "Where features emerge" : "Cell by cell", () => numbers(experiment, sweep(), measure()), placeIn(state, "cells"));
  section.element.classList.add("exp-sweep");
  const chosen = section.offer({ key: "measure", label: "Measure", choices: measures.map(({ id, title }) => ({ value: id, title })) },
    { option: (key) => state.value[key], setOption: (key, id) => state.set({ [key]: id ?? "" }) });
  const measure = () => measures.find(({ id }) => id === chosen()) ?? measures[0];
  const marked = () => /** @type {string[]} */ (state.value.marked);
  const toggle = (/** @type {string} */ key) => state.set({ marked: marked().includes(key) ? marked().filter((one) => one !== key) : [...marked(), key] });
  const popup = createSeedsWindow(metrics, toggle);
  const diagram = make("div");
  const scale = make("div");
  const marks = make("p");
  section.body.append(diagram, scale, marks, popup.element);

  const draw = () => {
    const runs = runsById(experiment);
    const { cells, axes } = sweep();
    become(diagram, phaseDiagram(sweep(), (cell) => phaseCell(cell, axes, measure(), runs, marked().includes(keyOf(cell)))));
    const states = cells.map((cell) => ({ key: keyOf(cell), ...cellState(cell, measure(), runs) }));
    const some = states.filter(({ key }) => marked().includes(key));
    const films = some.flatMap(({ film }) => film ?? []);
    const together = films.length < 2 ? [] : [make("a", { class: "button primary", href: comparePath(films) }, `Compare these ${several(films.length, "cell")}`)];
    become(marks, make("p", { class: "phase-marks", role: "status", ...(some.length ? {} : { hidden: "" }) },
      ...together, button("Unmark all", () => state.set({ marked: [] }), { class: "button quiet" })));
    become(scale, legend(measure(), states));
    popup.update(experiment, measure(), marked());
    section.say(sentence(experiment, states.map(({ kind }) => kind)));
  };

  /** A press on the button of a cell shows its seeds; one with Shift on its link, or the space bar, marks it. @param {MouseEvent | KeyboardEvent} event */
  const onCell = (event) => {
    if ("key" in event) walk(event);
    const target = /** @type {HTMLElement} */ (event.target);
    const key = /** @type {HTMLElement | null} */ (target.closest("[data-key]"))?.dataset["key"] ?? "";
    if (event.type === "click" && target.matches("button")) popup.show(key, target, draw);
    else if (target.closest("a") && ("key" in event ? event.key === " " : event.shiftKey)) {
      event.preventDefault();
      toggle(key);
    }
  };
  for (const type of /** @type {const} */ (["click", "keydown"])) diagram.addEventListener(type, onCell);

  return {
    element: section.element,
    update(next) {
      experiment = next;
      draw();
    },
    destroy: popup.destroy,
  };
}

/** @param {Experiment} experiment @returns {import("./phase-diagram.js").Runs} */
const runsById = ({ members }) => new Map(members.flatMap(({ run }) => (run ? [[run.id, run]] : [])));

/**
 * All measures over the only axis, where it has numbers, as curves with the spread of the seeds.
 * @param {Experiment} first @param {State} state @returns {Part[]}
 */
export function linePart({ sweep: plan, display }, state) {
  const { axes: [axis], measures } = /** @type {Sweep} */ (plan);
  if (plan?.axes.length !== 1 || axis.values.length < 2 || !axis.values.every((value) => typeof value === "number")) return [];
  const place = placeIn(state, "line");
  const section = createSection(`Over ${axis.title}`, null, place);
  const charts = createCharts(section.body, place, section.tools);
  const values = axis.values.map(Number);
  // Values that span several powers of ten lie beside each other by their logarithms.
  const log = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 50;
  const across = (/** @type {number} */ value) => (log ? Math.log10(value) : value);
  const word = `${log ? "log₁₀ " : ""}${axis.title}`;
  const panes = [...Map.groupBy(measures, ({ unit, id }) => (unit === "share" ? unit : id)).values()];

  return [{
    element: section.element,
    destroy: charts.destroy,
    update({ sweep, counts }) {
      const cells = (sweep?.cells ?? []).toSorted((a, b) => values[a.index[0]] - values[b.index[0]]);
      const lines = measures.map((measure) => {
        const { id, title } = measure;
        const { short, colour = "ink", dash = "solid" } = display.metrics[id] ?? {};
        const found = cells.filter((cell) => typeof cell.values[id]?.mean === "number");
        const [y, low, high] = /** @type {const} */ (["mean", "low", "high"]).map((key) => found.map((cell) => Number(cell.values[id][key])));
        const x = found.map((cell) => across(values[cell.index[0]]));
        return { key: id, pane: panes.findIndex((own) => own.includes(measure)), label: short || title, colour, dash, width: 2, x, y, low, high };
      });
      section.say(lines.every(({ x }) => x.length === 0) ? "The curves appear with the first run that is done." : "What the runs have come to at their end. Lines are means over seeds, bands their whole spread.");
      charts.render([{
        title: "",
        picture: {
          panes: panes.map((own) => (own[0].unit === "share"
            ? { title: own.length === 1 ? own[0].title : "shares", range: [Math.min(...own.map(({ low }) => low)), 1], format: (value) => percent(value, 0) } : { title: own[0].title })),
          lines, x: { title: log ? `log₁₀ of ${axis.title}` : word, word, spacing: "linear", first: across(Math.min(...values)), last: across(Math.max(...values)) },
        },
      }], `${doneRuns(counts)}`);
    },
  }];
}

/** @param {Experiment} experiment @param {string[]} kinds of its cells */
function sentence(experiment, kinds) {
  const [never, known] = ["never", "value"].map((wanted) => kinds.filter((kind) => kind === wanted).length);
  const press = "A press on a cell opens its film, with Shift it marks the cell to be compared; ⋯ has its seeds and curves.";
  if (never) return `Features never emerged in ${never} of ${kinds.length} cells. ${press}`;
  return isActive(experiment) ? `${known} of ${kinds.length} cells have a value so far. ${press}` : press;
}

/**
 * The colour bar with its numbers, and what the cells without a number mean: only what is there to be seen.
 * @param {Measure} measure @param {import("./phase-diagram.js").CellState[]} states of the cells
 */
function legend(measure, states) {
  const { title, low, high, unit } = measure;
  const kinds = new Set(states.map(({ kind }) => (kind === "running" ? "waiting" : kind)));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low)).map((value) => bound(unit === "count" ? Math.round(value) : value, measure));
  const shown = new Set(ticks).size < ticks.length ? [ticks[0], ticks[4]] : ticks;
  const key = (/** @type {string} */ text, /** @type {Record<string, string>} */ look) =>
    make("span", { class: "phase-key small muted" }, ...(look["class"] ? [make("span", { "aria-hidden": "true", ...look })] : []), text);
  return make("div", { class: "phase-scale" },
    make("div", { class: "phase-bar", role: "img", "aria-label": `${title}: colours from ${ticks[0]} (pale) to ${ticks[4]} (strong)` },
      make("span", { class: "phase-bar-title small muted" }, title), make("span", { class: "phase-bar-colours" }),
      make("span", { class: "phase-bar-ticks small muted" }, ...shown.map((tick) => make("span", {}, tick)))),
    ...(kinds.has("value") ? [key("spread of the seeds", { class: "phase-spread-key" })] : []),
    ...Object.entries(KEYS).flatMap(([kind, text]) => (kinds.has(/** @type {any} */ (kind)) ? [key(text, { class: "phase-cell", "data-kind": kind })] : [])),
    ...(states.some(({ partial }) => partial) ? [key("† not in every seed", {})] : []));
}

/** @param {Experiment} experiment @param {Sweep} sweep @param {Measure} measure @returns {import("./section.js").Numbers} */
function numbers(experiment, { axes, cells, measures }, measure) {
  const runs = runsById(experiment);
  const others = measures.filter(({ id }) => id !== measure.id);
  const spread = (/** @type {import("../../types").SweepCell} */ { values }, /** @type {Measure} */ one) => {
    const { mean = null, deviation = null } = values[one.id] ?? {};
    return `${told(mean, one, 2)}${deviation ? ` ± ${told(deviation, one, 2)}` : ""}`;
  };
  return {
    caption: `Means over the finished seeds, ± their deviation; ${measure.title} in full`,
    columns: [...axes.map(({ title }) => title), measure.title, ...others.map(({ title }) => title), "done", "films", "seeds side by side"],
    rows: cells.map((cell) => {
      const films = cell.runs.flatMap((id, i) => (id !== null && runs.has(id) ? [{ id, seed: experiment.seeds[i] ?? i }] : []));
      return [
        ...axes.map((axis, i) => axisValue(axis, cell.index[i])),
        describe(cell, measure, cellState(cell, measure, runs)).replace(`${measure.title} `, ""),
        ...others.map((one) => spread(cell, one)),
        `${cell.done} of ${cell.total}`,
        make("span", {}, ...films.flatMap(({ id, seed }) => [make("a", { href: filmPath(id), "aria-label": `film of seed ${seed}` }, String(seed)), " "])),
        films.length > 1 ? make("a", { href: comparePath(films.map(({ id }) => id)) }, "compare") : "",
      ];
    }),
  };
}
