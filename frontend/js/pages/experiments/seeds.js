/**
 * The seeds of a cell, with their values, films and curves, in a small window beside it.
 * @import { Experiment } from "../../types"
 */

import { at } from "../../ui/address.js";
import { outcome } from "../../film/status.js";
import { button, make, setText } from "../../ui/dom.js";
import { become } from "../shared/become.js";
import { createCharts, lookOf, overSeeds, paneOf } from "./curves.js";
import { cellName, keyOf } from "./phase-diagram.js";
import { tableOf } from "./section.js";
import { stateOf } from "./table.js";
import { comparePath, filmPath, told } from "./words.js";

const GAP = 6; // px to the cell

/** @param {import("./metrics.js").RunMetrics} metrics @param {(cell: string) => void} onMark by its key */
export function createSeedsWindow(metrics, onMark) {
  let shown = "";
  const [seeds, holder] = [make("div"), make("div", { class: "seeds-curves" })];
  const mark = button("", () => {
    element.hidePopover();
    onMark(shown);
  });
  const compare = make("a", { class: "button" }, "Compare these seeds");
  const element = make("div", { class: "seeds-window", popover: "auto", role: "dialog", "aria-label": "Seeds of this cell" }, seeds, holder,
    make("div", { class: "exp-actions" }, compare, mark, button("Close", () => element.hidePopover(), { class: "button quiet" })));
  /** @type {ReturnType<typeof createCharts> | undefined} */
  let charts;

  /** As it is now, where it is open. @param {Experiment} experiment @param {import("../../types").Measure} measure @param {readonly string[]} marked */
  const update = (experiment, measure, marked) => {
    const cell = experiment.sweep?.cells.find((one) => keyOf(one) === shown);
    if (!cell || !charts || !element.matches(":popover-open")) return;
    become(seeds, seedsOf(experiment, cell));
    const films = experiment.members.filter(({ run }) => run && cell.runs.includes(run.id));
    compare.hidden = films.length < 2;
    compare.href = at(comparePath(films.map(({ run }) => run && run.id)));
    setText(mark, marked.includes(shown) ? "Not to be compared" : "Mark to compare");
    metrics.update(films);
    const { metrics: declared } = experiment.display;
    const name = measure.id in declared ? measure.id : Object.keys(declared).find((one) => declared[one].emphasis); // that which colours the cell
    if (!name) return;
    const last = Math.max(1, ...films.map(({ run }) => run?.total_steps ?? 0));
    const lines = [{ key: "0", pane: 0, ...lookOf(declared[name]), ...overSeeds(metrics.curve(films, name)) }];
    const picture = { panes: [paneOf(declared[name])], x: { title: "steps", word: "Step", spacing: /** @type {const} */ ("linear"), last }, lines };
    charts.render([{ title: "", picture }], `${name} ${metrics.version}`);
  };

  return {
    element, update,
    /** @param {string} cell its key @param {HTMLElement} anchor @param {() => void} draw which updates it */
    show(cell, anchor, draw) {
      shown = cell;
      charts?.destroy();
      holder.replaceChildren();
      charts = createCharts(holder, null, make("div"));
      element.showPopover();
      draw();
      const box = anchor.getBoundingClientRect();
      const { offsetWidth: width, offsetHeight: height } = element;
      const below = box.bottom + GAP + height <= innerHeight || box.top < height + GAP;
      element.style.left = `${scrollX + Math.max(8, Math.min(innerWidth - width - 8, box.right - width / 2))}px`;
      element.style.top = `${scrollY + (below ? box.bottom + GAP : box.top - height - GAP)}px`;
      element.querySelector("a")?.focus();
    },
    destroy: () => charts?.destroy(),
  };
}

/** @param {Experiment} experiment @param {import("../../types").SweepCell} cell */
function seedsOf({ seeds, sweep, members }, cell) {
  const { measures = [], axes = [] } = sweep ?? {};
  const rows = cell.runs.map((id, i) => {
    const run = members.find((member) => member.run?.id === id && id !== null)?.run;
    const values = measures.map((measure) => {
      const value = measure.event ? run?.emergence_step : run?.metrics?.[measure.id];
      return make("td", { class: "number" }, value === null && measure.event ? "never" : told(value, measure));
    });
    const state = run?.error?.message ?? stateOf(run);
    const name = `seed ${seeds[i] ?? i}`;
    return make("tr", {}, make("th", { scope: "row" }, run ? make("a", { href: filmPath(run.id) }, name) : name),
      ...(run && outcome(run) === "succeeded" ? values : [make("td", { colspan: String(measures.length), class: "muted" }, state)]));
  });
  return make("div", {}, make("p", { class: "seeds-title" }, cellName(cell, axes)),
    tableOf("", "Values of its seeds", ["seed", ...measures.map(({ title }) => title)], rows, (i) => i > 0));
}
