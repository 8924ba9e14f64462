/**
 * The heads of the table of runs, by which it is sorted, and the box that chooses all. Used by the runs page only.
 * @module
 */

import { button, make } from "../../ui/dom.js";

/** @typedef {import("../../types").RunSummary} RunSummary */

const METRIC = "metric:"; // in the address as in the request
const COLUMNS = [
  { label: "name", sort: "name", look: "" },
  { label: "status", sort: "status", look: "" },
  { label: "measured", sort: METRIC, look: "" },
  { label: "duration", sort: "duration", look: "number" },
  { label: "created", sort: "created", look: "number" },
];

/** @param {import("../../ui/view-state.js").ViewState<any>} view @param {(on: boolean) => void} chooseAll */
export function createHeads(view, chooseAll) {
  /** titles of metrics that runs have shown @type {Map<string, string>} */
  const titles = new Map();
  const all = make("input", { type: "checkbox", "aria-label": "choose all runs shown" });
  all.addEventListener("change", () => chooseAll(all.checked));
  const measured = make("select", { class: "runs-by", "aria-label": "sort by a measured value" });
  measured.addEventListener("change", () => set(measured.value ? METRIC + measured.value : "created", false));
  const turn = button("↓", () => set(view.value.sort, view.value.rising === ""), { class: "runs-sort", "aria-label": "turn the order around" });

  /** @param {string} sort @param {boolean} rising */
  const set = (sort, rising) => view.set({ sort, rising: rising ? "true" : "", row: 0 }, { push: true });
  /** @param {string} sort */
  const sortBy = (sort) => set(sort, view.value.sort === sort ? view.value.rising === "" : sort === "name" || sort === "status");

  const heads = COLUMNS.map(({ label, sort, look }) =>
    make("th", { scope: "col", class: look, "aria-label": label }, ...(sort === METRIC ? [measured, turn] : [button(label, () => sortBy(sort), { class: "runs-sort" })])));
  const metric = () => (view.value.sort.startsWith(METRIC) ? view.value.sort.slice(METRIC.length) : "");

  return {
    element: make("thead", {}, make("tr", { "aria-rowindex": "1" }, make("th", { class: "runs-choose", scope: "col" }, make("label", {}, all)),
      make("th", { class: "runs-picture-cell", scope: "col" }, make("span", { class: "visually-hidden" }, "over training")), ...heads)),
    metric,
    /** @param {RunSummary[]} runs that are known */
    draw(runs) {
      const before = titles.size;
      for (const run of runs) for (const { name, title } of run.metrics_shown) titles.set(name, title);
      if (metric() && !titles.has(metric())) titles.set(metric(), metric().replaceAll("_", " "));
      if (titles.size !== before || measured.options.length === 0) {
        measured.replaceChildren(make("option", { value: "" }, "measured"), ...[...titles].map(([name, title]) => make("option", { value: name }, title)));
      }
      measured.value = metric();
      turn.hidden = metric() === "";
      turn.textContent = view.value.rising ? "↑" : "↓";
      heads.forEach((head, i) => {
        const sorted = metric() ? COLUMNS[i].sort === METRIC : COLUMNS[i].sort === view.value.sort;
        head.setAttribute("aria-sort", !sorted ? "none" : view.value.rising ? "ascending" : "descending");
      });
    },
    /** @param {number} number of chosen runs @param {boolean} every one that is known */
    showChosen(number, every) {
      all.checked = every;
      all.indeterminate = number > 0 && !every;
    },
  };
}
