/**
 * The phase diagram of a sweep: a table of coloured cells, x from left to right, y from bottom to top, one table per value of
 * the axes left over. Made once, then updated in place, so that focus stays. Used by pages/experiments/sweep.js.
 * @module
 */

import { make } from "../../ui/dom.js";
import { typeset } from "../../form/controls.js";
import { arrange } from "./cell-state.js";
import { axisValue } from "./words.js";

/** @typedef {import("../../types").Sweep} Sweep */
/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {{ element: HTMLElement, focus: () => void, toggle: () => void }} Cell */

/** @param {Sweep} sweep @param {(cell: SweepCell) => Cell} makeCell */
export function createPhaseDiagram({ axes, cells }, makeCell) {
  const { x, y, facets } = arrange(axes);
  const byIndex = new Map(cells.map((cell) => [cell.index.join(), cell]));
  const rows = y === null ? [0] : axes[y].values.map((_, i) => i).reverse();
  const element = make("div", { class: "phase" });

  for (const facet of products(facets.map((axis) => axes[axis].values.length))) {
    const said = facets.map((axis, i) => `${axes[axis].title}: ${axisValue(axes[axis], facet[i])}`).join(", ");
    /** @type {(Cell | null)[][]} */
    const grid = rows.map((row) => axes[x].values.map((_, column) => {
      const index = axes.map((__, axis) => (axis === x ? column : axis === y ? row : facet[facets.indexOf(axis)]));
      const cell = byIndex.get(index.join());
      return cell ? makeCell(cell) : null;
    }));
    const body = rows.map((row, i) => make("tr", {},
      ...(y === null ? [] : [make("th", { scope: "row" }, axisValue(axes[y], row))]),
      ...grid[i].map((cell) => make("td", {}, ...(cell ? [cell.element] : [])))));
    const corner = y === null ? [] : [make("th", {}, make("span", { class: "visually-hidden" }, `${axes[y].title}, above; ${axes[x].title}, to the right`))];
    const foot = make("tr", {}, ...corner, ...axes[x].values.map((_, i) => make("th", { scope: "col" }, axisValue(axes[x], i))));
    const table = make("table", { class: "phase-table" },
      make("caption", { class: "visually-hidden" }, `${said ? `${said}. ` : ""}Columns: ${axes[x].title}${y === null ? "" : `; rows: ${axes[y].title}`}`),
      make("tbody", {}, ...body), make("tfoot", {}, foot));
    table.style.setProperty("--columns", String(axes[x].values.length));
    table.addEventListener("keydown", (event) => walk(event, grid));
    const across = make("p", { class: "phase-x small muted" }, typeset(axes[x].title));
    const up = y === null ? [] : [make("p", { class: "phase-y small muted" }, typeset(axes[y].title))];
    element.append(make("figure", { class: "phase-facet" }, ...(said ? [make("figcaption", {}, said)] : []),
      make("div", { class: `phase-frame ${y === null ? "flat" : ""}` }, ...up, make("div", { class: "phase-scroll" }, table), across)));
  }
  return element;
}

/** The arrow keys go from cell to cell, as the eye does; the space bar marks one. @param {KeyboardEvent} event @param {(Cell | null)[][]} grid */
function walk(event, grid) {
  if (event.key === " " && event.target instanceof HTMLAnchorElement) {
    event.preventDefault();
    grid.flat().find((cell) => cell?.element.contains(document.activeElement))?.toggle();
    return;
  }
  const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
  for (const [r, row] of grid.entries()) {
    const c = row.findIndex((cell) => cell?.element.contains(document.activeElement));
    if (c < 0) continue;
    event.preventDefault();
    grid[r + move[0]]?.[c + move[1]]?.focus();
    return;
  }
}

/** @param {number[]} lengths @returns {number[][]} all combinations of indices; one empty one for no lengths */
function products(lengths) {
  return lengths.reduce((/** @type {number[][]} */ found, length) =>
    found.flatMap((head) => Array.from({ length }, (_, i) => [...head, i])), [[]]);
}
