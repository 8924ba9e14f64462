/**
 * A sweep: the phase diagram of the chosen measure, its scale, and the numbers behind it. Used by pages/experiment.js.
 * @module
 */

import { cellState } from "./cell-state.js";
import { createPhaseDiagram } from "./phase-diagram.js";
import { make } from "../../ui/dom.js";
import { createCell, describe } from "./cell.js";
import { isOfRatios, ratiosSection } from "./ratios.js";
import { createSection, segments } from "./section.js";
import { createSeedsWindow } from "./seeds.js";
import { comparePath, filmPath, gridValue, isActive, isShare, measured } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").Sweep} Sweep */
/** @typedef {import("../../types").MemberRun} MemberRun */

/** @param {Experiment} first @returns {import("./experiment.js").Body} */
export function sweepBody(first) {
  const plan = /** @type {Sweep} */ (first.sweep);
  let experiment = first;
  let measure = plan.measures[0];
  const section = createSection(plan.measures.some(({ id }) => id === "emergence_step") ? "Where features emerge" : "Cell by cell", () => numbers(experiment, experiment.sweep ?? plan, measure));
  const popup = createSeedsWindow();
  /** @type {Map<string, ReturnType<typeof createCell>>} */
  const cells = new Map();
  const diagram = createPhaseDiagram(plan, gridValue, (cell) => {
    const made = createCell(cell, plan.axes, (current, anchor) => popup.show(experiment, current, anchor));
    cells.set(cell.index.join(), made);
    return made;
  });
  const scale = make("div", { class: "phase-scale" });
  section.tools.append(segments("Measure", plan.measures.map(({ id, title }) => ({ value: id, text: title })), measure.id, (id) => {
    measure = plan.measures.find((one) => one.id === id) ?? measure;
    draw();
  }));
  section.element.classList.add("exp-sweep");
  const ratios = isOfRatios(plan) ? ratiosSection() : null;
  section.body.append(diagram, scale, popup.element);

  const draw = () => {
    const sweep = experiment.sweep ?? plan;
    const runs = runsById(experiment);
    const kinds = sweep.cells.map((cell) => {
      cells.get(cell.index.join())?.update(cell, measure, runs);
      return cellState(cell, measure, runs).kind;
    });
    const partial = diagram.querySelector(".is-partial") !== null;
    scale.replaceChildren(...legend(measure, new Set(kinds), partial));
    section.say(sentence(experiment, kinds));
    ratios?.update(sweep);
    section.refresh();
  };

  return {
    element: ratios ? make("div", { class: "exp-parts" }, ratios.element, section.element) : section.element,
    update(next) {
      experiment = next;
      draw();
    },
    destroy() {
      popup.destroy();
      ratios?.destroy();
    },
  };
}

/** @param {Experiment} experiment @returns {Map<string, MemberRun>} */
const runsById = ({ members }) => new Map(members.flatMap(({ run }) => (run ? [[run.id, run]] : [])));

/** @param {Experiment} experiment @param {string[]} kinds of its cells */
function sentence(experiment, kinds) {
  const total = kinds.length;
  const never = kinds.filter((kind) => kind === "never").length;
  const known = kinds.filter((kind) => kind === "value").length;
  const press = "A press on a cell opens its film" + (experiment.seeds.length > 1 ? "; ⋯ lists its seeds." : ".");
  if (never) return `Features never emerged in ${never} of ${total} cells. ${press}`;
  if (isActive(experiment)) return `${known} of ${total} cells have a value so far. ${press}`;
  return press;
}

/**
 * The colour bar with its numbers, and what the cells without a number mean: only what is there to be seen.
 * @param {import("../../types").Measure} measure @param {Set<string>} kinds @param {boolean} partial
 */
function legend({ id, title, low, high }, kinds, partial) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const format = (/** @type {number} */ value) => (isShare(id) ? `${Number((100 * value).toFixed(1))} %` : id.endsWith("_step") ? measured(id, value) : String(Number(value.toFixed(2))));
  const bar = make("div", { class: "phase-bar", role: "img", "aria-label": `${title}: colours from ${format(low)} (pale) to ${format(high)} (strong)` },
    make("span", { class: "phase-bar-title small muted" }, title), make("span", { class: "phase-bar-colours" }),
    make("span", { class: "phase-bar-ticks small muted" }, ...ticks.map((tick) => make("span", {}, format(tick)))));
  const key = (/** @type {string} */ kind, /** @type {string} */ text) =>
    make("span", { class: "phase-key small muted" }, make("span", { class: "phase-cell", "data-kind": kind, "aria-hidden": "true" }), text);
  return [bar,
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
  const seeds = (/** @type {import("../../types").SweepCell} */ cell) => cell.runs.flatMap((id, i) => {
    if (id === null || !runs.has(id)) return [];
    return [make("a", { href: filmPath(id), "aria-label": `film of seed ${experiment.seeds[i] ?? i}` }, String(experiment.seeds[i] ?? i)), " "];
  });
  const compare = (/** @type {(string | null)[]} */ ids) => {
    const films = ids.filter((id) => id !== null && runs.has(id)).map(String);
    return films.length > 1 ? make("a", { href: comparePath(films) }, "compare") : "";
  };
  return {
    caption: `Means over the finished seeds; ${measure.title} in full`,
    columns: [...axes.map(({ title }) => title), measure.title, ...measures.filter(({ id }) => id !== measure.id).map(({ title }) => title), "done", "films", ""],
    rows: cells.map((cell) => [
      ...axes.map(({ values }, i) => gridValue(values[cell.index[i]])),
      describe(cell, measure, cellState(cell, measure, runs)).replace(`${measure.title} `, ""),
      ...measures.filter(({ id }) => id !== measure.id).map(({ id }) => measured(id, cell.values[id]?.mean)),
      `${cell.done} of ${cell.total}`, make("span", {}, ...seeds(cell)), compare(cell.runs),
    ]),
  };
}
