/**
 * The table of runs: heads, by which it is sorted, and a body of any length that has elements only for the rows in sight, and a few
 * before and after them. All rows are equally high, as the style sheet says (--runs-row).
 */

import { button, fill, make } from "../../ui/dom.js";

const METRIC = "metric:"; // in the address as in the request
/** What a column is called and by what it is sorted. */
const COLUMNS = [["name", "name"], ["status", "status"], ["measured", METRIC], ["duration", "duration"], ["created", "created"]];
const NUMBERS = ["duration", "created"];

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

  const heads = COLUMNS.map(([label, sort]) => make("th", { scope: "col", class: NUMBERS.includes(sort) ? "number" : "", "aria-label": label },
    ...(sort === METRIC ? [measured, turn] : [button(label, () => sortBy(sort), { class: "runs-sort" })])));
  const metric = () => (view.value.sort.startsWith(METRIC) ? view.value.sort.slice(METRIC.length) : "");

  return {
    element: make("thead", {}, make("tr", { "aria-rowindex": "1" }, make("th", { class: "runs-choose", scope: "col" }, make("label", {}, all)),
      make("th", { class: "runs-picture-cell", scope: "col" }, make("span", { class: "visually-hidden" }, "over training")), ...heads)),
    metric,
    /** @param {import("../../types").RunSummary[]} runs that are known @param {ReadonlyMap<string, unknown>} chosen by id */
    draw(runs, chosen) {
      if (metric() && !titles.has(metric())) titles.set(metric(), metric().replaceAll("_", " "));
      for (const run of runs) for (const { name, title } of run.metrics_shown) titles.set(name, title);
      fill(measured, [...titles], () => [["", "measured"], ...titles].map(([name, title]) => make("option", { value: name }, title)));
      measured.value = metric();
      turn.hidden = metric() === "";
      turn.textContent = view.value.rising ? "↑" : "↓";
      heads.forEach((head, i) => {
        const sorted = COLUMNS[i][1] === (metric() ? METRIC : view.value.sort);
        head.setAttribute("aria-sort", !sorted ? "none" : view.value.rising ? "ascending" : "descending");
      });
      all.checked = chosen.size > 0 && runs.every(({ id }) => chosen.has(id));
      all.indeterminate = chosen.size > 0 && !all.checked;
    },
  };
}

const MORE = 8; // rows before and after those in sight, so that the next one can be reached by keys

/**
 * @param {HTMLTableElement} table @param {AbortSignal} signal the page has gone
 * @param {(from: number, to: number) => (HTMLElement | null)[]} rowsOf elements of these places, null where nothing is known yet
 */
export function createRows(table, signal, rowsOf) {
  const body = make("tbody");
  const wide = (/** @type {string} */ look, /** @type {HTMLElement[]} */ ...within) => make("tr", { class: look, "aria-hidden": "true" }, make("td", { colspan: "7" }, ...within));
  const [before, after] = [wide("runs-gap"), wide("runs-gap")];
  table.append(body);
  let total = 0;
  let waiting = 0;

  const rowHeight = () => parseFloat(getComputedStyle(table).getPropertyValue("--runs-row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const top = () => body.getBoundingClientRect().top;

  const draw = () => {
    waiting = 0;
    if (signal.aborted) return;
    const height = rowHeight();
    const first = Math.floor(-top() / height);
    const from = Math.max(0, Math.min(first - MORE, total - 1));
    const to = Math.min(total, Math.max(0, first) + Math.ceil(innerHeight / height) + MORE);
    const rows = rowsOf(from, to).map((row) => row ?? wide("runs-bones", make("div", { class: "skeleton" })));
    rows.forEach((row, i) => row.setAttribute("aria-rowindex", String(from + i + 2))); // the heads are the first
    table.setAttribute("aria-rowcount", String(total + 1));
    gap(before, from);
    gap(after, total - to);
    place([before, ...rows, after]);
  };

  /** Moves as little as can be: an element that is moved loses the focus. @param {HTMLElement[]} rows */
  const place = (rows) => {
    const kept = new Set(/** @type {Element[]} */ (rows));
    for (const old of [...body.children]) if (!kept.has(old)) old.remove();
    rows.forEach((row, i) => body.children[i] !== row && body.insertBefore(row, body.children[i] ?? null));
  };

  /** @param {HTMLTableRowElement} row @param {number} rows that it stands for */
  const gap = (row, rows) => (row.cells[0].style.height = `calc(${rows} * var(--runs-row))`);

  const soon = () => (waiting ||= requestAnimationFrame(draw));
  for (const moved of ["scroll", "resize"]) addEventListener(moved, soon, { passive: true, signal });

  return {
    /** @param {number} rows of the whole list */
    show(rows) {
      total = rows;
      draw();
    },
    /** @returns {number} the place of the first row in sight */
    first: () => Math.max(0, Math.round(-top() / rowHeight())),
    /** @param {number} row that is to be the first in sight */
    scrollTo: (row) => scrollTo(0, row === 0 ? 0 : Math.round(scrollY + top() + row * rowHeight())),
  };
}
