/**
 * The seeds of a cell, with their values, films and curves, in a small window beside it. Used by pages/experiments/sweep.js.
 * @module
 */

import { button, make } from "../../ui/dom.js";
import { outcome } from "../../film/status.js";
import { cellName } from "./cell.js";
import { stateOf } from "./runs.js";
import { createCharts, overSeeds, rangeOf } from "./chart.js";
import { comparePath, errorText, filmPath, told } from "./words.js";

/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {import("../../types").Experiment} Experiment */

const GAP = 6; // px to the cell

/** @param {import("./metrics.js").RunMetrics} metrics @param {(cell: SweepCell) => void} onMark */
export function createSeedsWindow(metrics, onMark) {
  const element = make("div", { class: "seeds-window", popover: "auto", role: "dialog", "aria-label": "Seeds of this cell" });
  /** @type {HTMLElement | null} */
  let anchor = null;
  /** @type {ReturnType<typeof cellCurves> | null} */
  let curves = null;

  const place = () => {
    if (!anchor || !element.matches(":popover-open")) return;
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
    element.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, at.right - width / 2))}px`;
    element.style.top = `${below ? at.bottom + GAP : at.top - height - GAP}px`;
  };
  // It is fixed to the screen, its cell is not.
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);

  return {
    element,
    /** @param {Experiment} experiment @param {SweepCell} cell @param {import("../../types").Measure} measure @param {boolean} marked @param {HTMLElement} at */
    show(experiment, cell, measure, marked, at) {
      anchor = at;
      curves?.destroy();
      curves = cellCurves(experiment, cell, measure, metrics);
      fill(element, experiment, cell, curves.element, button(marked ? "Not to be compared" : "Mark to compare", () => {
        element.hidePopover();
        onMark(cell);
      }));
      element.showPopover();
      place();
      element.querySelector("a")?.focus();
    },
    destroy() {
      curves?.destroy();
      removeEventListener("scroll", place, { capture: true });
      removeEventListener("resize", place);
    },
  };
}

/**
 * What the runs of a cell measured over their steps, for the metric that colours it.
 * @param {Experiment} experiment @param {SweepCell} cell @param {import("../../types").Measure} measure @param {import("./metrics.js").RunMetrics} metrics
 */
function cellCurves({ members, display }, cell, measure, metrics) {
  const own = members.filter(({ run }) => run && cell.runs.includes(run.id));
  const name = measure.id in display.metrics ? measure.id : Object.keys(display.metrics).find((one) => display.metrics[one].emphasis);
  const element = make("div", { class: "seeds-curves" });
  const charts = createCharts(element, { option: () => null, setOption() {} }, make("div", {}));
  const last = Math.max(1, ...own.map(({ run }) => run?.total_steps ?? 0));
  const draw = () => {
    if (!name) return;
    const metric = display.metrics[name];
    charts.render([{
      title: "",
      picture: { panes: [{ title: metric.title, range: rangeOf(metric), scale: metric.scale }], x: { title: "gradient steps", word: "Step", spacing: "linear", last },
        lines: [{ key: "0", pane: 0, label: metric.short || metric.title, colour: metric.colour, width: 2, ...overSeeds(metrics.curve(own, name)) }] },
    }], `${metrics.version}`);
  };
  metrics.addEventListener("change", draw);
  draw();
  metrics.update(own);
  return {
    element,
    destroy() {
      metrics.removeEventListener("change", draw);
      charts.destroy();
    },
  };
}

/** @param {HTMLElement} element @param {Experiment} experiment @param {SweepCell} cell @param {HTMLElement} curves @param {HTMLElement} mark */
function fill(element, { seeds, sweep, members }, cell, curves, mark) {
  if (!sweep) return;
  const { measures, axes } = sweep;
  const runs = new Map(members.flatMap(({ run }) => (run ? [[run.id, run]] : [])));
  const rows = cell.runs.map((id, i) => {
    const run = id === null ? undefined : runs.get(id);
    const over = run !== undefined && outcome(run) === "succeeded";
    const state = run ? errorText(run.error) || stateOf({ run }) : "deleted";
    const values = measures.map(({ id: measure, event, unit }) => {
      const value = event ? run?.emergence_step : run?.metrics?.[measure];
      const text = value === null && event ? "never" : told(value, { unit });
      return make("td", { class: "number" }, text);
    });
    const name = `seed ${seeds[i] ?? i}`;
    return make("tr", {}, make("th", { scope: "row" }, run ? make("a", { href: filmPath(run.id) }, name) : name),
      ...(over ? values : [make("td", { colspan: String(measures.length), class: "muted" }, state)]));
  });
  const films = cell.runs.filter((id) => id !== null && runs.has(id)).map(String);
  element.replaceChildren(
    make("p", { class: "seeds-title" }, cellName(cell, axes)),
    make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "seed"), ...measures.map(({ title }) => make("th", { scope: "col", class: "number" }, title)))), make("tbody", {}, ...rows)),
    curves,
    make("div", { class: "exp-actions" },
      ...(films.length > 1 ? [make("a", { class: "button", href: comparePath(films) }, "Compare these seeds")] : []), mark,
      button("Close", () => element.hidePopover(), { class: "button quiet" })));
}
